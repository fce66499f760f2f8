package ollama

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

func read(t *testing.T, decode wiretest.Decode, request, mediaType, answer string) *genai.Call {
	t.Helper()
	call := &genai.Call{}
	x := &exchange.Exchange{
		Status: 200, Request: exchange.Message{Body: []byte(request)},
		Response: exchange.Message{Header: exchange.Header("Content-Type: " + mediaType + "\r\n"), Body: []byte(answer)},
	}
	require.NoError(t, decode(x, nil, call))
	return call
}

func TestCounts(t *testing.T) {
	f := func(want genai.Usage, answer string) {
		t.Helper()
		require.Equal(t, want, read(t, DecodeGenerate, `{"prompt":"four"}`, "application/json", answer).Usage)
	}
	known := genai.Known
	f(genai.Usage{Input: known(5), Output: known(3), Source: genai.UsageReported}, `{"response":"x","done":true,"prompt_eval_count":5,"eval_count":3}`)
	f(genai.Usage{Input: known(5), CacheRead: known(4), Output: known(3), Source: genai.UsageReported},
		`{"response":"x","done":true,"prompt_eval_count":5,"prompt_eval_cached_count":4,"eval_count":3}`)
	f(genai.Usage{Input: known(5), CacheRead: known(0), Output: known(3), Source: genai.UsageReported},
		`{"response":"x","done":true,"prompt_eval_count":5,"prompt_eval_cached_count":0,"eval_count":3}`)
	// what the cache had is not counted by old versions, and 0 is left out: then it is not known
	f(genai.Usage{Output: known(3), Source: genai.UsageReported}, `{"response":"x","done":true,"eval_count":3}`)
	f(genai.Usage{Input: known(1), Output: known(1), Source: genai.UsageEstimated}, `{"response":"xy","done":true}`)
	f(genai.Usage{Source: genai.UsageNone}, `{"response":"","done":true,"done_reason":"load"}`)
}

func TestStreamsAndErrors(t *testing.T) {
	call := read(t, DecodeChat, `{"model":"m"}`, "application/x-ndjson", "{\"message\":{\"content\":\"a\"},\"done\":false}\r\n\r\n{\"error\":\"out of memory\"}\n")
	require.True(t, call.Stream)
	require.True(t, call.Detail.StreamAsked)
	require.False(t, call.Detail.Done)
	require.Equal(t, genai.ErrorServerError, call.ErrorType)
	require.Equal(t, "a", call.Detail.Choices[0].Text)

	call = read(t, DecodeChat, `{"stream":false,"model":"m"}`, "application/json; charset=utf-8",
		`{"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}},{"function":{"name":"g","arguments":"{}"}}]},"done":true,"done_reason":"stop"}`)
	require.False(t, call.Stream)
	require.False(t, call.Detail.StreamAsked)
	require.Equal(t, []genai.ToolCall{
		{Name: "f", Kind: "function", Arguments: `{"x":1}`}, {Name: "g", Kind: "function", Arguments: "{}", ArgumentsNotText: true},
	}, call.Detail.Choices[0].ToolCalls)

	call = read(t, DecodeGenerate, `{"prompt":"x"}`, "application/x-ndjson", `{"response":"","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"x":1}}}],"done":false}`+
		"\n"+`{"response":"","done":true,"done_reason":"stop"}`+"\n")
	require.Equal(t, []genai.ToolCall{{ID: "c1", Name: "f", Kind: "function", Arguments: `{"x":1}`}}, call.Detail.Choices[0].ToolCalls)
	require.Equal(t, 1, call.Chunks)

	call = read(t, DecodeChat, `{"stream":true}`, "application/json", `{"error":"model 'x' not found"}`)
	require.False(t, call.Stream, "the answer decides")
	require.Equal(t, genai.OutcomeClientError, call.Outcome)
	require.Equal(t, genai.ErrorNotFound, call.ErrorType)
}

func TestRequests(t *testing.T) {
	call := read(t, DecodeChat, `{"model":"m","options":{"num_predict":7},"format":{"type":"object"},
		"messages":[{"role":"system","content":"s"},{"role":"user","content":"x","images":["AA","BB"]}]}`, "application/json", `{"done":true}`)
	require.Equal(t, []int{2, 2}, []int{call.Turn, call.InputImages})
	require.Equal(t, "json_schema", call.ResponseFormat)
	require.Equal(t, genai.Known(7), call.Detail.MaxTokens)

	call = read(t, DecodeEmbed, `{"model":"m","input":["a","b"]}`, "application/json", `{"model":"m","embeddings":[[0.1]],"prompt_eval_count":2}`)
	require.Equal(t, genai.OperationEmbeddings, call.Operation)
	require.Equal(t, 2, call.Turn)
	require.Equal(t, genai.Usage{Input: genai.Known(2), Source: genai.UsageReported}, call.Usage)
	require.False(t, call.Detail.StreamAsked)
}

// Ollama finds members whatever their capitals, as encoding/json does.
func TestRequestsInCapitals(t *testing.T) {
	call := read(t, DecodeChat, `{"model":"cheap","MODEL":"dear","Stream":false,"OPTIONS":{"num_predict":7},"me\u017f\u017fages":[{"role":"user","content":"x"}],
		"T\u212a":1}`, "application/json", `{"done":true}`)
	require.Equal(t, "dear", call.RequestModel, "the last one counts")
	require.Equal(t, 1, call.Turn)
	require.False(t, call.Detail.StreamAsked)
	require.Equal(t, genai.Known(7), call.Detail.MaxTokens)
}

func TestMemoryOfLargeListsIsInProportion(t *testing.T) {
	wiretest.LargeRequest(t, DecodeChat, `{"messages":[{"images":[`, `{}`, `]}]}`)
	wiretest.LargeRequest(t, DecodeChat, `{"messages":[{"tool_calls":[`, `{}`, `]}]}`)
	wiretest.LargeRequest(t, DecodeGenerate, `{"images":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeEmbed, `{"input":[`, `{}`, `]}`)
	wiretest.LargeRequest(t, DecodeChat, `{"options":{"stop":[`, `""`, `]}}`)
	wiretest.LargeAnswer(t, DecodeChat, `{"message":{"tool_calls":[`, `{}`, `]}}`)
	wiretest.LargeAnswer(t, DecodeGenerate, `{"tool_calls":[`, `{}`, `]}`)
	wiretest.LargeAnswer(t, DecodeChat, `{"message":{"tool_calls":[{"function":{"arguments":{`, `"":1`, `}}}]}}`)
	wiretest.LargeAnswer(t, DecodeEmbed, `{"embeddings":[`, `{}`, `]}`)
}
