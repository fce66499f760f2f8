package llmtapreceiver

import (
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/anthropic"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/lmstudio"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/ollama"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/openai"
)

// api is an API whose requests are model calls.
type api struct {
	method string
	// path is how the path ends; {id} stands for any one segment. What may stand before it the prefixes say.
	path string
	// decode reads an exchange with plain bodies into a Call that holds already what all APIs have in common. It sets
	// the operation before anything else, and reports what it could not read.
	decode func(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error
}

const lmStudioChat = "/api/v1/chat"

// apis lists the APIs; of those that match a path the first one counts.
var apis = []api{
	{"POST", "/api/chat", ollama.DecodeChat},
	{"POST", lmStudioChat, lmstudio.DecodeChat},
	{"POST", "/api/generate", ollama.DecodeGenerate},
	{"POST", "/api/embed", ollama.DecodeEmbed},
	{"POST", "/api/embeddings", ollama.DecodeEmbeddings},
	{"POST", "/chat/completions", openai.DecodeChat},
	{"POST", "/mcp/chat/completions", openai.DecodeChat},
	{"POST", "/chat/completions/batch", openai.DecodeChatBatch},
	{"POST", "/chat/completions/input_tokens", openai.DecodeChatTokens},
	{"POST", "/agents/completions", openai.DecodeAgent},
	{"POST", "/fim/completions", openai.DecodeFIM},
	{"POST", "/completions", openai.DecodeCompletions},
	{"POST", "/completion", openai.DecodeLlama},
	{"POST", "/infill", openai.DecodeInfill},
	{"POST", "/generate", openai.DecodeGenerate},
	{"POST", "/generate_stream", openai.DecodeGenerateStream},
	{"POST", "/responses", openai.DecodeResponses},
	{"POST", "/responses/compact", openai.DecodeCompact},
	{"POST", "/responses/input_tokens", openai.DecodeInputTokens},
	{"POST", "/responses/{id}/cancel", openai.DecodeCancelResponse},
	{"GET", "/responses/{id}", openai.DecodeFetchResponse},
	{"GET", "/responses", openai.DecodeRealtime},
	{"GET", "/realtime", openai.DecodeRealtime},
	{"POST", "/messages", anthropic.DecodeMessages},
	{"POST", "/messages/count_tokens", anthropic.DecodeCountTokens},
	{"POST", "/embeddings", openai.DecodeEmbeddings},
	{"POST", "/embedding", openai.DecodeEmbeddings},
	{"POST", "/embed", openai.DecodeEmbed},
	{"POST", "/encode", openai.DecodeEncode},
	{"POST", "/pooling", openai.DecodePooling},
	{"POST", "/classify", openai.DecodeClassify},
	{"POST", "/rerank", openai.DecodeRerank},
	{"POST", "/reranking", openai.DecodeRerank},
	{"POST", "/score", openai.DecodeScore},
	{"POST", "/generative_scoring", openai.DecodeScore},
	{"POST", "/decisions", openai.DecodeDecision},
	{"POST", "/systemone", openai.DecodeSystemOne},
	{"POST", "/audio/transcriptions", openai.DecodeTranscription},
	{"POST", "/audio/translations", openai.DecodeTranslation},
	{"POST", "/audio/speech", openai.DecodeSpeech},
	{"POST", "/images/generations", openai.DecodeImages},
	{"POST", "/images/edits", openai.DecodeImages},
	{"POST", "/images/variations", openai.DecodeImages},
	{"POST", "/invocations", openai.DecodeInvocation},
	{"POST", "/", openai.DecodeGenerate},
}

// asks tell, of paths that others have for something else, whether a request is one of the API.
var asks = map[string]func(*exchange.Message) bool{
	lmStudioChat:       lmstudio.AsksChat,
	"/generate":        openai.AsksGenerate,
	"/generate_stream": openai.AsksGenerate,
	"/encode":          openai.AsksEncode,
	"/invocations":     openai.AsksInvocation,
	"/":                openai.AsksTGI,
}

// socket tells whether the API is a WebSocket. Others that are called with GET name what they fetch.
func (a *api) socket() bool { return a.method == "GET" && !strings.Contains(a.path, "{id}") }

// takes tells whether a request to the API's path is a call of it. That of a WebSocket has to be one.
func (a *api) takes(request *exchange.Message) bool {
	if a.socket() {
		return len(request.Get("upgrade")) > 0
	}
	asked := asks[a.path]
	return asked == nil || asked(request)
}

// cut gives what stands before the API's own path.
func (a *api) cut(path string) (prefix string, ok bool) {
	if a.path == "/" { // else each path that ends with a slash would be one of it
		return "", path == "/"
	}
	before, after, hasID := strings.Cut(a.path, "{id}")
	if path, ok = strings.CutSuffix(path, after); !ok || !hasID {
		return strings.CutSuffix(path, before)
	}
	i := strings.LastIndexByte(path, '/') + 1
	if i == len(path) {
		return "", false
	}
	return strings.CutSuffix(path[:i], before)
}
