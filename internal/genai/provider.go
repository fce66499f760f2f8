package genai

import (
	"cmp"
	"strings"
)

// providers are other words for the conventions' providers: of OpenLLMetry, OpenInference, LiteLLM, the AI SDK, Pydantic AI
// (google-gla, grok), LangChain (amazon_bedrock), LangChain4j (open_ai), Genkit (googleai), OpenLIT (ibm.watson.ai), Envoy's gateway
// (aws.anthropic), Agno (AwsBedrock), Spring AI (bedrock_converse), TanStack AI (bedrock-converse), Langtrace (vertex ai), Ax
// (GoogleGeminiAI) and Microsoft's agent framework (google.vertex.ai).
var providers = map[string]string{
	"open_ai":                 "openai",
	"azure_open_ai":           "azure.ai.openai",
	"google_ai_gemini":        "gcp.gemini",
	"google_vertex_ai_gemini": "gcp.vertex_ai",
	"googleai":                "gcp.gemini",
	"googlegeminiai":          "gcp.gemini",
	"azure openai":            "azure.ai.openai",
	"az.ai.openai":            "azure.ai.openai",
	"azure":                   "azure.ai.openai",
	"azure.openai":            "azure.ai.openai",
	"azure_openai":            "azure.ai.openai",
	"azure-openai":            "azure.ai.openai",
	"az.ai.inference":         "azure.ai.inference",
	"azure_ai":                "azure.ai.inference",
	"vertex_ai":               "gcp.vertex_ai",
	"vertexai":                "gcp.vertex_ai",
	"vertex ai":               "gcp.vertex_ai",
	"google_vertexai":         "gcp.vertex_ai",
	"google.vertex":           "gcp.vertex_ai",
	"google-vertex":           "gcp.vertex_ai",
	"gcp.vertex.agent":        "gcp.vertex_ai",
	"google.vertex.ai":        "gcp.vertex_ai",
	"gcp.anthropic":           "gcp.vertex_ai",
	"gemini":                  "gcp.gemini",
	"google":                  "gcp.gemini",
	"google_genai":            "gcp.gemini",
	"google-gla":              "gcp.gemini",
	"google.ai.studio":        "gcp.gemini",
	"google.generative-ai":    "gcp.gemini",
	"aws":                     "aws.bedrock",
	"bedrock":                 "aws.bedrock",
	"aws_bedrock":             "aws.bedrock",
	"aws bedrock":             "aws.bedrock",
	"amazon-bedrock":          "aws.bedrock",
	"amazon_bedrock":          "aws.bedrock",
	"aws.anthropic":           "aws.bedrock",
	"awsbedrock":              "aws.bedrock",
	"bedrock_converse":        "aws.bedrock",
	"bedrock-converse":        "aws.bedrock",
	"mistral":                 "mistral_ai",
	"mistralai":               "mistral_ai",
	"xai":                     "x_ai",
	"grok":                    "x_ai",
	"moonshot":                "moonshot_ai",
	"moonshotai":              "moonshot_ai",
	"watsonx":                 "ibm.watsonx.ai",
	"ibm.watson.ai":           "ibm.watsonx.ai",
	"together":                "together_ai",
	"togetherai":              "together_ai",
	"fireworks_ai":            "fireworks",
	"cohere_chat":             "cohere",
}

// providerOf gives the conventions' name for a provider of another dialect. The AI SDK appends the API: openai.chat,
// google.vertex.chat. Dify puts a plugin's author and name before it: langgenius/openai/openai.
func providerOf(system string) string {
	name := withoutPlugin(strings.ToLower(system))
	if provider, ok := providers[name]; ok {
		return provider
	}
	base := withoutAPI(name)
	return cmp.Or(providers[base], base)
}

// withoutAPI cuts one word: a name may have as many as there is room for.
func withoutAPI(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return name
	}
	switch name[dot+1:] {
	case "chat", "completion", "responses", "messages", "embedding", "textembedding", "image", "transcription", "speech", "reranking":
		return name[:dot]
	}
	return name
}

func withoutPlugin(name string) string {
	_, rest, _ := strings.Cut(name, "/")
	if plugin, provider, ok := strings.Cut(rest, "/"); ok && plugin != "" && provider != "" && !strings.Contains(provider, "/") {
		return provider
	}
	return name
}

// knownProvider gives the conventions' name where a dialect's word stands in their attribute; other names stay as they are.
func knownProvider(name string) string {
	if provider := providerOf(name); provider != strings.ToLower(name) {
		return provider
	}
	return name
}

// IsGemini knows gemini-2.5-flash, google/gemini-2.5-flash and models/gemini-2.5-flash.
func IsGemini(model string) bool {
	return strings.HasPrefix(model[strings.LastIndexByte(model, '/')+1:], "gemini-")
}
