package llmtapreceiver

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPaths(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	p := newPaths(cfg.PathPrefixes)
	f := func(method, target, want, wantModel string) {
		t.Helper()
		for range 2 { // the second time from memory
			found, model := p.api(method, target)
			have := ""
			if found != nil {
				name := runtime.FuncForPC(reflect.ValueOf(found.decode).Pointer()).Name()
				have = name[strings.LastIndexByte(name, '/')+1:]
			}
			require.Equal(t, want, have, target)
			require.Equal(t, wantModel, model, target)
		}
	}
	f("POST", "/v1/chat/completions", "openai.DecodeChat", "")
	f("POST", "/chat/completions", "openai.DecodeChat", "")
	f("POST", "/api/v1/chat/completions", "openai.DecodeChat", "")                                           // OpenRouter
	f("POST", "/api/chat/completions", "openai.DecodeChat", "")                                              // Open WebUI
	f("POST", "/openai/v1/responses", "openai.DecodeResponses", "")                                          // Groq, Azure
	f("POST", "/v1beta/openai/chat/completions", "openai.DecodeChat", "")                                    // Gemini
	f("POST", "/api/paas/v4/chat/completions", "openai.DecodeChat", "")                                      // Z.ai
	f("POST", "/models/chat/completions", "openai.DecodeChat", "")                                           // Azure AI
	f("POST", "/v1/projects/p/locations/global/endpoints/openapi/chat/completions", "openai.DecodeChat", "") // Vertex AI
	f("POST", "/v1beta1/projects/p/locations/l/endpoints/123/chat/completions", "openai.DecodeChat", "")
	f("POST", "/inference/chat/completions", "openai.DecodeChat", "") // GitHub Models
	f("POST", "/orgs/o/inference/embeddings", "openai.DecodeEmbeddings", "")
	f("POST", "/v1/account/gateway/compat/chat/completions", "openai.DecodeChat", "") // Cloudflare's AI Gateway
	f("POST", "/serving-endpoints/chat/completions", "openai.DecodeChat", "")         // Databricks
	f("POST", "/beta/completions", "openai.DecodeCompletions", "")                    // DeepSeek
	f("POST", "/ollama/api/chat", "ollama.DecodeChat", "")                            // Open WebUI
	f("POST", "/openai/deployments/gpt-4o/chat/completions", "openai.DecodeChat", "gpt-4o")
	f("POST", "/openai/deployments/org%2Fgpt/chat/completions", "openai.DecodeChat", "org/gpt")
	f("POST", "/openai/deployments/ada/embeddings", "openai.DecodeEmbeddings", "ada")
	f("POST", "/azure/openai/deployments/w/audio/transcriptions", "openai.DecodeTranscription", "w")
	f("POST", "/engines/org/gpt/chat/completions", "openai.DecodeChat", "org/gpt")                  // LiteLLM
	f("POST", "/v1/engines/copilot-codex/completions", "openai.DecodeCompletions", "copilot-codex") // llama-cpp-python
	f("POST", "/v1/engines/ada/embeddings", "openai.DecodeEmbeddings", "ada")
	f("POST", "/engines/llama.cpp/v1/chat/completions", "openai.DecodeChat", "") // Docker's model runner
	f("POST", "/engines/rerank", "openai.DecodeRerank", "")
	f("POST", "/engines/responses", "openai.DecodeResponses", "")
	f("POST", "/v/chat/completions", "openai.DecodeChat", "") // llama-swap
	f("POST", "/v/messages", "anthropic.DecodeMessages", "")
	f("POST", "/upstream/org/qwen/completion", "openai.DecodeLlama", "org/qwen")
	f("POST", "/upstream/qwen/v1/chat/completions", "openai.DecodeChat", "qwen")
	f("POST", "/v1/mcp/chat/completions", "openai.DecodeChat", "") // LocalAI
	f("POST", "/mcp/v1/chat/completions", "openai.DecodeChat", "")
	f("POST", "/mcp/chat/completions", "openai.DecodeChat", "")
	f("POST", "/v0/chat/completions", "openai.DecodeChat", "") // Lemonade
	f("POST", "/cursor/chat/completions", "openai.DecodeChat", "")
	f("POST", "/v1/chat/completions/batch", "openai.DecodeChatBatch", "") // vLLM
	f("POST", "/v1/chat/completions/input_tokens", "openai.DecodeChatTokens", "")
	f("POST", "/v1/agents/completions", "openai.DecodeAgent", "") // Mistral
	f("POST", "/v1/completions", "openai.DecodeCompletions", "")
	f("POST", "/v1/fim/completions", "openai.DecodeFIM", "")
	f("POST", "/completion", "openai.DecodeLlama", "")
	f("POST", "/infill", "openai.DecodeInfill", "")
	f("POST", "/generate", "openai.DecodeGenerate", "")
	f("POST", "/generate_stream", "openai.DecodeGenerateStream", "")
	f("POST", "/responses", "openai.DecodeResponses", "")
	f("POST", "/v1/responses/compact", "openai.DecodeCompact", "")
	f("POST", "/v1/responses/input_tokens", "openai.DecodeInputTokens", "")
	f("GET", "/v1/responses/resp_1", "openai.DecodeFetchResponse", "")
	f("POST", "/v1/responses/resp_1/cancel", "openai.DecodeCancelResponse", "")
	f("POST", "/v1/messages", "anthropic.DecodeMessages", "")
	f("POST", "/v1/messages/count_tokens", "anthropic.DecodeCountTokens", "")
	f("POST", "/rerank", "openai.DecodeRerank", "")
	f("POST", "/v1/rerank", "openai.DecodeRerank", "")
	f("POST", "/v2/rerank", "openai.DecodeRerank", "")
	f("POST", "/reranking", "openai.DecodeRerank", "")             // llama.cpp
	f("POST", "/api/v0/chat/completions", "openai.DecodeChat", "") // LM Studio
	f("POST", "/api/v0/completions", "openai.DecodeCompletions", "")
	f("POST", "/api/v0/embeddings", "openai.DecodeEmbeddings", "")
	f("POST", "/api/v1/chat", "lmstudio.DecodeChat", "")
	f("POST", "/score", "openai.DecodeScore", "")
	f("POST", "/v1/score", "openai.DecodeScore", "")
	f("POST", "/generative_scoring", "openai.DecodeScore", "")
	f("POST", "/pooling", "openai.DecodePooling", "")
	f("POST", "/classify", "openai.DecodeClassify", "")
	f("POST", "/v1/classify", "openai.DecodeClassify", "")
	f("POST", "/encode", "openai.DecodeEncode", "")
	f("PUT", "/encode", "openai.DecodeEncode", "") // SGLang
	f("POST", "/embedding", "openai.DecodeEmbeddings", "")
	f("POST", "/v2/embed", "openai.DecodeEmbed", "")
	f("POST", "/v1/decisions", "openai.DecodeDecision", "")
	f("POST", "/v1/systemone", "openai.DecodeSystemOne", "")
	f("POST", "/invocations", "openai.DecodeInvocation", "")
	f("POST", "/inference/v1/generate", "openai.DecodeGenerate", "") // vLLM
	f("POST", "/", "openai.DecodeGenerate", "")                      // TGI
	f("POST", "/v1/audio/translations", "openai.DecodeTranslation", "")
	f("POST", "/v1/audio/speech", "openai.DecodeSpeech", "")
	f("POST", "/v1/images/generations", "openai.DecodeImages", "")
	f("POST", "/v1/images/edits", "openai.DecodeImages", "")
	f("POST", "/api/generate", "ollama.DecodeGenerate", "")
	f("POST", "/api/embed", "ollama.DecodeEmbed", "")
	f("POST", "/api/embeddings", "ollama.DecodeEmbeddings", "")

	f("post", "/v1/chat/completions", "openai.DecodeChat", "")
	f("Put", "/encode", "openai.DecodeEncode", "")
	f("POST", "/V1/Chat/Completions", "openai.DecodeChat", "")
	f("POST", "/v1/chat/completions/", "openai.DecodeChat", "")
	f("POST", "//v1///chat/completions", "openai.DecodeChat", "")
	f("POST", "/v1%2f%2FCHAT/completions", "openai.DecodeChat", "")
	f("POST", "/openai/deployments/GPT-4o/chat/completions", "openai.DecodeChat", "GPT-4o")
	f("POST", "/openai/deployments/gpt-4o/chat/completions/", "openai.DecodeChat", "gpt-4o")

	f("GET", "/v1/responses", "openai.DecodeRealtime", "")
	f("GET", "/v1/realtime", "openai.DecodeRealtime", "")

	none := func(method, target string) {
		t.Helper()
		f(method, target, "", "")
	}
	none("GET", "/")
	none("GET", "/v1/chat/completions")
	none("POST", "/v1/chat/completions/x")
	none("POST", "/v1/chatcompletions")
	none("POST", "/v1/threads/t1/messages") // the Assistants API
	none("POST", "/v1/conversations/c1/responses")
	none("GET", "/v1/responses/")
	none("GET", "/v1/responses/r/input_items")
	none("DELETE", "/v1/responses/r")
	none("POST", "/ui/api/chat")
	none("POST", "/my/score")
	none("POST", "/mcp/messages") // of the Model Context Protocol
	none("POST", "/v1/mcp/messages")
	for _, path := range []string{
		"", "*", "/v1/", "/api/", "/v1/chat/completions/render", "/apply-template", "/v1/stream/c1", "/vertex", "/v2/models/m/infer", "/health", "/metrics", "/v1/models", "/props", "/slots", "/api/tags", "/api/show", "/api/pull", "/tokenize",
		"/v1/tokenize", "/detokenize", "/ping", "/version", "/index.html", "/v1/files", "/v1/batches", "/v1/realtime/sessions",
	} {
		none("GET", path)
		none("POST", path)
	}
}

func TestPrefixes(t *testing.T) {
	f := func(pattern, path string, want bool, wantModel string) {
		t.Helper()
		model, ok := matchPath(pattern, path)
		require.Equal(t, want, ok)
		require.Equal(t, wantModel, model)
	}
	f("", "", true, "")
	f("", "/v1", false, "")
	f("/v1", "/v1", true, "")
	f("/v1", "", false, "")
	f("/v1", "/v12", false, "")
	f("/*/v1", "/a/v1", true, "")
	f("/*/v1", "/v1", false, "")
	f("/*/v1", "/a/b/v1", false, "")
	f("/**/v1", "/v1", true, "")
	f("/**/v1", "/a/b/v1", true, "")
	f("/**/v1", "/a/v1/b", false, "")
	f("/**", "/a/b", true, "")
	f("/**", "", true, "")
	f("/d/{model}", "/d/gpt", true, "gpt")
	f("/d/{model}", "/d/org/gpt", true, "org/gpt")
	f("/d/{model}/x", "/d/gpt", false, "")
	f("/d/{model}/x", "/d/org/gpt/x", false, "")
}
