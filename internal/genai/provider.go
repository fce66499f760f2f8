package genai

import (
	"cmp"
	"strings"
)

// providers are other words for the conventions' providers: of OpenLLMetry, OpenInference, LiteLLM, the AI SDK, Pydantic AI
// (google-gla, grok), LangChain (amazon_bedrock), LangChain4j (open_ai), Genkit (googleai), OpenLIT (ibm.watson.ai), Envoy's gateway
// (aws.anthropic), Agno (AwsBedrock), Spring AI (bedrock_converse), TanStack AI (bedrock-converse), Langtrace (vertex ai), Ax
// (GoogleGeminiAI) and Microsoft's agent framework (google.vertex.ai).
var providers = byWord(map[string][]string{
	"openai":          {"open_ai"},
	"azure.ai.openai": {"azure_open_ai", "azure openai", "az.ai.openai", "azure", "azure.openai", "azure_openai", "azure-openai"},
	"gcp.gemini": {
		"google_ai_gemini", "googleai", "googlegeminiai", "gemini", "google", "google_genai", "google-gla", "google.ai.studio",
		"google.generative-ai",
	},
	"gcp.vertex_ai": {
		"google_vertex_ai_gemini", "vertex_ai", "vertexai", "vertex ai", "google_vertexai", "google.vertex", "google-vertex",
		"gcp.vertex.agent", "google.vertex.ai", "gcp.anthropic",
	},
	"azure.ai.inference": {"az.ai.inference", "azure_ai"},
	"aws.bedrock": {
		"aws", "bedrock", "aws_bedrock", "aws bedrock", "amazon-bedrock", "amazon_bedrock", "aws.anthropic", "awsbedrock",
		"bedrock_converse", "bedrock-converse",
	},
	"mistral_ai":     {"mistral", "mistralai"},
	"x_ai":           {"xai", "grok"},
	"moonshot_ai":    {"moonshot", "moonshotai"},
	"ibm.watsonx.ai": {"watsonx", "ibm.watson.ai"},
	"together_ai":    {"together", "togetherai"},
	"fireworks":      {"fireworks_ai"},
	"cohere":         {"cohere_chat"},
})

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
