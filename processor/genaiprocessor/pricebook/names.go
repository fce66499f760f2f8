package pricebook

import "strings"

// routes are the words that gateways and SDKs put before a model's name, for the host that they hand the call to, as in
// azure/gpt-4o, bedrock/converse/us.amazon.nova-pro-v1:0 and publishers/google/models/gemini-2.5-pro. Names of those who
// publish open models are none of them, but for openai and google, whose open models have names of their own.
var routes = map[string]bool{
	"anthropic": true, "azure": true, "azure_ai": true, "bedrock": true, "cerebras": true, "cohere": true, "cohere_chat": true,
	"converse": true, "converse_like": true, "deepseek": true, "fireworks_ai": true, "gemini": true, "google": true, "groq": true,
	"invoke": true, "litellm_proxy": true, "minimax": true, "mistral": true, "models": true, "moonshot": true, "novita": true,
	"openai": true, "openrouter": true, "perplexity": true, "publishers": true, "responses": true, "text-completion-openai": true,
	"together_ai": true, "vertex_ai": true, "voyage": true, "x-ai": true, "xai": true, "zai": true,
}

// names gives a model's name, and then what is left of it without each word of its route.
func names(model string) []string {
	list := []string{model}
	for {
		route, rest, found := strings.Cut(model, "/")
		if !found || rest == "" || !routes[strings.ToLower(route)] {
			return list
		}
		model = rest
		list = append(list, model)
	}
}
