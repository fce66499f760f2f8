package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

// TensorRT-LLM's /generate gets a request of chat completions or completions with the tokens of its prompt, and answers as these.
func TestPrepared(t *testing.T) {
	const envelope = `{"schema_version":1,"fingerprint":{},"token_ids":[1,2,3],"tokens_trusted":true,"context":{}`
	const counts = `"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}`
	chat := read(t, DecodeGenerate, 200, envelope+`,"kind":"chat","request":{"model":"qwen","user":"ada","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}}`,
		streamed(`{"id":"c","model":"qwen","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"}}]}`,
			`{"id":"c","model":"qwen","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `{"id":"c","model":"qwen","choices":[],`+counts+`}`))
	require.Equal(t, []any{genai.OperationChat, "openai", "qwen", "Hello", true}, []any{chat.Operation, chat.Provider, chat.RequestModel, chat.Detail.Choices[0].Text, chat.Detail.StreamAsked})
	require.Equal(t, []any{genai.Known(9), 1}, []any{chat.Detail.MaxTokens, chat.Turn})

	completion := read(t, DecodeGenerate, 200, envelope+`,"request":{"model":"qwen","prompt":"Hi"},"kind":"completion"}`,
		`{"id":"c","model":"qwen","choices":[{"index":0,"text":"Hello","finish_reason":"length"}],`+counts+`}`)
	require.Equal(t, []any{genai.OperationTextCompletion, "openai", "Hello"}, []any{completion.Operation, completion.Provider, completion.Detail.Choices[0].Text})
	for _, call := range []*genai.Call{chat, completion} {
		require.Equal(t, genai.Usage{Input: genai.Known(3), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
	}
}

// Of a request that is longer than its copy as much is read as of one to the chat's own path.
func TestPreparedThatIsCut(t *testing.T) {
	const chat = `{"model":"qwen","max_tokens":9,"messages":[{"role":"user","content":"Hello there, how are you`
	const counts = `{"schema_version":1,"kind":"chat","fingerprint":{},"token_ids":[1,2,3],"request":`
	cut := func(decode func(*exchange.Exchange, caller.Fields, *genai.Call) error, body string) *genai.Call {
		x, call := ok(`{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}`), &genai.Call{}
		x.Request = exchange.Message{Body: []byte(body), Size: int64(len(body)) + 400, Truncated: true}
		require.NoError(t, decode(x, nil, call))
		return call
	}
	plain, prepared := cut(DecodeChat, chat), cut(DecodeGenerate, counts+chat)
	require.Equal(t, "qwen", prepared.RequestModel)
	require.Equal(t, []any{plain.Detail.MaxTokens, plain.Turn, plain.Usage}, []any{prepared.Detail.MaxTokens, prepared.Turn, prepared.Usage})
}
