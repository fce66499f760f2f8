package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// llama.cpp has the path of Ollama's API for its chat completions. Nothing of a request tells whose it is.
func TestChatCompletionsAtOllamasPath(t *testing.T) {
	d, failures := newDecoder()
	const asked = `{"model":"m","messages":[{"role":"user","content":"Hi"}]`
	f := func(request, mediaType, answer string) {
		t.Helper()
		x := answerExchange("/api/chat", mediaType, answer)
		x.Request.Body, x.Request.Size, x.Response.Size, x.End = []byte(request), int64(len(request)), int64(len(answer)), exchange.Completed
		call := d.call(x)
		require.Empty(t, *failures)
		require.Equal(t, []any{genai.OperationChat, "openai", genai.OutcomeOK, "m"}, []any{call.Operation, call.Provider, call.Outcome, call.ResponseModel})
		require.Equal(t, "Hello friend", call.Detail.Choices[0].Text)
		require.Equal(t, []genai.Count{genai.Known(12), genai.Known(3)}, []genai.Count{call.Usage.Input, call.Usage.Output})
		require.Empty(t, against(&call.Fidelity))
	}
	const timings = `"timings":{"cache_n":0,"prompt_n":12,"prompt_ms":1.5,"predicted_n":3,"predicted_ms":1.5}`
	f(asked+`}`, jsonType, `{"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"Hello friend"}}],"created":1,"model":"m",`+
		`"system_fingerprint":"b7000-a","object":"chat.completion","usage":{"completion_tokens":3,"prompt_tokens":12,"total_tokens":15},"id":"chatcmpl-1",`+timings+`}`)
	const chunk = `"created":1,"id":"chatcmpl-2","model":"m","system_fingerprint":"b7000-a","object":"chat.completion.chunk"}` + "\n\n"
	f(asked+`,"stream":true}`, sseType, `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],`+chunk+
		`data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hello friend"}}],`+chunk+
		`data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],`+timings+`,`+chunk+"data: [DONE]\n\n")
}
