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
	cfg.Upstreams = []UpstreamConfig{{Name: "a"}, {Name: "b", Prefix: "/b"}}
	p := newPaths(cfg)
	f := func(method, target, upstream, want, wantModel string) {
		t.Helper()
		found, model := p.of(method, target, upstream)
		have := ""
		if found != nil {
			name := runtime.FuncForPC(reflect.ValueOf(found.decode).Pointer()).Name()
			have = name[strings.LastIndexByte(name, '/')+1:]
		}
		require.Equal(t, want, have, target)
		require.Equal(t, wantModel, model, target)
	}
	f("POST", "/v1/chat/completions", "a", "openai.DecodeChat", "")
	f("POST", "/v1/chat/completions?x=/api/chat", "a", "openai.DecodeChat", "")
	f("POST", "/chat/completions", "a", "openai.DecodeChat", "")
	f("POST", "/api/v1/chat/completions", "a", "openai.DecodeChat", "")               // OpenRouter
	f("POST", "/api/chat/completions", "a", "openai.DecodeChat", "")                  // Open WebUI
	f("POST", "/openai/v1/responses", "a", "openai.DecodeResponses", "")              // Groq, Azure
	f("POST", "/v1beta/openai/chat/completions", "a", "openai.DecodeChat", "")        // Gemini
	f("POST", "/api/paas/v4/chat/completions", "a", "openai.DecodeChat", "")          // Z.ai
	f("POST", "/models/chat/completions?api-version=1", "a", "openai.DecodeChat", "") // Azure AI
	f("POST", "/openai/deployments/gpt-4o/chat/completions?api-version=1", "a", "openai.DecodeChat", "gpt-4o")
	f("POST", "/openai/deployments/ada/embeddings", "a", "openai.DecodeEmbeddings", "ada")
	f("POST", "/b/openai/deployments/w/audio/transcriptions", "b", "openai.DecodeTranscription", "w")
	f("POST", "/b/api/chat", "b", "ollama.DecodeChat", "")
	f("POST", "/b/api/chat", "a", "", "")
	f("POST", "/v1/completions", "a", "openai.DecodeCompletions", "")
	f("POST", "/responses", "a", "openai.DecodeResponses", "")
	f("POST", "/v1/responses/compact", "a", "openai.DecodeCompact", "")
	f("POST", "/v1/responses/input_tokens", "a", "openai.DecodeInputTokens", "")
	f("GET", "/v1/responses/resp_1?stream=true", "a", "openai.DecodeFetchResponse", "")
	f("POST", "/v1/responses/resp_1/cancel", "a", "openai.DecodeCancelResponse", "")
	f("POST", "/v1/messages", "a", "anthropic.DecodeMessages", "")
	f("POST", "/v1/messages/count_tokens", "a", "anthropic.DecodeCountTokens", "")
	f("POST", "/rerank", "a", "openai.DecodeRerank", "")
	f("POST", "/v1/rerank", "a", "openai.DecodeRerank", "")
	f("POST", "/v2/rerank", "a", "openai.DecodeRerank", "")
	f("POST", "/score", "a", "openai.DecodeScore", "")
	f("POST", "/v1/score", "a", "openai.DecodeScore", "")
	f("POST", "/v1/audio/translations", "a", "openai.DecodeTranslation", "")
	f("POST", "/v1/audio/speech", "a", "openai.DecodeSpeech", "")
	f("POST", "/v1/images/generations", "a", "openai.DecodeImages", "")
	f("POST", "/v1/images/edits", "a", "openai.DecodeImages", "")
	f("POST", "/api/generate", "a", "ollama.DecodeGenerate", "")
	f("POST", "/api/embed", "a", "ollama.DecodeEmbed", "")
	f("POST", "/api/embeddings", "a", "ollama.DecodeEmbed", "")

	none := func(method, target string) {
		t.Helper()
		f(method, target, "a", "", "")
	}
	none("GET", "/v1/chat/completions")
	none("POST", "/v1/chat/completions/x")
	none("POST", "/v1/chatcompletions")
	none("POST", "/v1/threads/t1/messages") // the Assistants API
	none("POST", "/v1/conversations/c1/responses")
	none("GET", "/v1/responses")
	none("GET", "/v1/responses/")
	none("GET", "/v1/responses/r/input_items")
	none("DELETE", "/v1/responses/r")
	none("POST", "/ui/api/chat")
	none("POST", "/my/score")
	for _, path := range []string{
		"/", "", "*", "/health", "/metrics", "/v1/models", "/props", "/slots", "/api/tags", "/api/show", "/api/pull", "/tokenize",
		"/v1/tokenize", "/detokenize", "/ping", "/version", "/index.html", "/v1/files", "/v1/batches", "/v1/realtime",
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
	f("/d/{model}/x", "/d/gpt", false, "")
}
