package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestTokens(t *testing.T) {
	const asked = `{"request_id":"r","token_ids":[1,2,3],"model":"m","sampling_params":{"max_tokens":8,"temperature":0,"seed":1},"stream":true,"stream_options":{"include_usage":true}}`
	usage := genai.Usage{Input: genai.Known(3), Output: genai.Known(2), CacheRead: genai.Known(1), Source: genai.UsageReported}
	const counts = `"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}`
	whole := read(t, DecodeGenerate, 200, asked, `{"request_id":"generate-tokens-r","model":"m","created":1,"output_mode":"tokens","choices":[{"index":0,"token_ids":[7,8],"finish_reason":"length"}],`+counts+`}`)
	stream := read(t, DecodeGenerate, 200, asked, streamed(`{"request_id":"generate-tokens-r","choices":[{"index":0,"token_ids":[7],"finish_reason":null}]}`,
		`{"request_id":"generate-tokens-r","choices":[{"index":0,"token_ids":[8],"finish_reason":"length"}]}`, `{"request_id":"generate-tokens-r","choices":[],`+counts+`}`))
	for _, call := range []*genai.Call{whole, stream} {
		require.Equal(t, []any{genai.OperationTextCompletion, "vllm", "m", "generate-tokens-r", genai.OutcomeOK}, []any{call.Operation, call.Provider, call.RequestModel, call.ResponseID, call.Outcome})
		require.Equal(t, []any{genai.Known(8), true, true, []string{"length"}}, []any{call.Detail.MaxTokens, call.Detail.Sampling.Temperature == (genai.Number{Known: true}), call.Detail.Sampling.Seed.Known, call.FinishReasons})
		require.Equal(t, usage, call.Usage)
	}
	require.Equal(t, 2, stream.Chunks)
	require.False(t, stream.Detail.UsageOff)

	bare := read(t, DecodeGenerate, 200, `{"token_ids":[1,2,3],"sampling_params":{"n":2}}`,
		streamed(`{"request_id":"r","choices":[{"index":0,"token_ids":[7],"finish_reason":"stop"},{"index":1,"token_ids":[8,9],"finish_reason":"stop"}]}`))
	require.Equal(t, genai.Usage{Input: genai.Known(3), Output: genai.Known(3), Source: genai.UsageEstimated}, bare.Usage, "each token was seen")
	require.True(t, bare.Detail.UsageOff)
	text := read(t, DecodeGenerate, 200, asked, `{"request_id":"r","output_mode":"text","choices":[{"index":0,"text":"It is","token_ids":[7,8],"finish_reason":"stop"}],`+counts+`}`)
	require.Equal(t, "It is", text.Detail.Choices[0].Text)
	broken := read(t, DecodeGenerate, 200, asked, streamed(`{"error":{"message":"Internal server error","type":"InternalServerError","code":500}}`))
	require.Equal(t, genai.OutcomeUpstreamError, broken.Outcome)
}

func TestLMDeploy(t *testing.T) {
	call := read(t, DecodeGenerate, 200, `{"input_ids":[1,2],"max_tokens":3,"stop":["x"],"stream":true}`,
		streamed(`{"text":"It","output_ids":[7],"meta_info":{"prompt_tokens":2,"completion_tokens":1,"finish_reason":null}}`,
			`{"text":" is","output_ids":[8],"meta_info":{"prompt_tokens":2,"completion_tokens":2,"finish_reason":{"type":"length"}}}`))
	require.Equal(t, []any{genai.Known(3), []string{"x"}, true, "It is", []string{"length"}},
		[]any{call.Detail.MaxTokens, call.Detail.Stop, call.Detail.StreamAsked, call.Detail.Choices[0].Text, call.FinishReasons})
	require.Equal(t, genai.Usage{Input: genai.Known(2), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
}

// What comes to TGI's / says itself whether it is to stream, and is answered in a list.
func TestTGIWithoutPath(t *testing.T) {
	call := read(t, DecodeGenerate, 200, `{"inputs":"Hi","stream":true,"parameters":{"details":true}}`,
		`[{"generated_text":"It is","details":{"finish_reason":"length","generated_tokens":2,"input_length":1}}]`)
	require.Equal(t, []any{"tgi", "It is", true}, []any{call.Provider, call.Detail.Choices[0].Text, call.Detail.StreamAsked})
	require.Equal(t, genai.Usage{Input: genai.Known(1), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
}

func TestInvocation(t *testing.T) {
	f := func(want genai.Operation, wantProvider, request string) {
		t.Helper()
		call := read(t, DecodeInvocation, 200, request, `{}`)
		require.Equal(t, []any{want, wantProvider}, []any{call.Operation, call.Provider})
	}
	f(genai.OperationChat, "openai", `{"model":"m","messages":[{"role":"user","content":"a"}]}`)
	f(genai.OperationTextCompletion, "openai", `{"prompt":"a"}`)
	f(genai.OperationTextCompletion, "tgi", `{"inputs":"a"}`)
	f(genai.OperationEmbeddings, "openai", `{"input":"a"}`)
	f(genai.OperationRerank, "cohere", `{"query":"a","documents":["b"]}`)
	f(genai.OperationScore, "vllm", `{"queries":"a","documents":["b"]}`)
	f(genai.OperationScore, "vllm", `{"text_1":"a","text_2":"b"}`)
}

func TestChatBatch(t *testing.T) {
	call := read(t, DecodeChatBatch, 200, `{"model":"m","messages":[[{"role":"user","content":"a"}],[{"role":"user","content":"b"}]],"max_tokens":5}`,
		`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"},
		{"index":1,"message":{"role":"assistant","content":"y"},"finish_reason":"length"}],"usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}`)
	require.Equal(t, []any{genai.OperationChat, 2, []string{"stop", "length"}}, []any{call.Operation, call.Detail.ChoiceCount, call.FinishReasons})
	require.Equal(t, genai.Usage{Input: genai.Known(4), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
}

func TestChatTokens(t *testing.T) {
	call := read(t, DecodeChatTokens, 200, request, `{"input_tokens":21,"object":"response.input_tokens"}`)
	require.Equal(t, []any{genai.OperationCountTokens, "qwen", genai.OutcomeOK, genai.UsageNone}, []any{call.Operation, call.RequestModel, call.Outcome, call.Usage.Source})
}
