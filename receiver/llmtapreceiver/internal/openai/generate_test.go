package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestAsksGenerate(t *testing.T) {
	f := func(want bool, body string) {
		t.Helper()
		require.Equal(t, want, AsksGenerate(&exchange.Message{Body: []byte(body)}))
	}
	f(true, `{"text":"a","sampling_params":{"max_new_tokens":3}}`)
	f(true, `{"sampling_params":{},"input_ids":[1,2]}`)
	f(true, `{"inputs":"a"}`)
	f(true, `{"text":"a"}`)                                  // as SGLang's documentation begins
	f(true, `{"input_ids":[1,2],"max_tokens":3}`)            // LMDeploy
	f(true, `{"token_ids":[1,2],"sampling_params":{}}`)      // vLLM
	f(false, `{"prompt":"a"}`)                               // pictures, Cohere's first API, vLLM's demonstration
	f(false, `{"text_input":"a","parameters":{}}`)           // Triton
	f(true, "\ufeff{\"text\":\"a\",\"sampling_params\":{}}") // SGLang reads them all
	f(true, `{"nothing":NaN,"text":"a","sampling_params":{}}`)
	f(true, "{\x00\"\x00t\x00e\x00x\x00t\x00\"\x00:\x001\x00}\x00")
	f(false, ``)
	f(false, `[1]`)
	require.True(t, AsksGenerate(&exchange.Message{Body: []byte(`{"image_data":"AAA`), Truncated: true}))
	require.False(t, AsksGenerate(&exchange.Message{Header: exchange.Header("Content-Type: multipart/form-data; boundary=b\r\n"), Body: []byte("--b\r\n")}))
	require.True(t, AsksGenerate(&exchange.Message{Header: exchange.Header("Content-Encoding: gzip\r\n"), Body: []byte("\x1f\x8b")}))
}

func sglangSays(text, tokens, finish string) string {
	return `{"text":"` + text + `","output_ids":[1],"meta_info":{"id":"r","finish_reason":` + finish + `,"prompt_tokens":5,"weight_version":"default","completion_tokens":` +
		tokens + `,"reasoning_tokens":1,"cached_tokens":4,"e2e_latency":0.1}}`
}

func TestSGLang(t *testing.T) {
	const asked = `{"text":"Hi","sampling_params":{"max_new_tokens":8,"temperature":0,"stop":["\n"],"sampling_seed":1,"n":1},"stream":true,"image_data":["a","b"]}`
	const stop = `{"type":"stop","matched":2}`
	for _, body := range []string{
		sglangSays("It is fine", "3", stop),
		streamed(sglangSays("It", "1", "null"), sglangSays("It is", "2", "null"), sglangSays("It is fine", "3", stop)),             // the text so far
		streamed(sglangSays("It is fi", "2", "null"), sglangSays("It is fine.", "3", "null"), sglangSays("It is fine", "3", stop)), // and trimmed
		streamed(sglangSays("It", "1", "null"), sglangSays(" is", "2", "null"), sglangSays(" fine", "3", stop)),                    // what is new
	} {
		call := read(t, DecodeGenerate, 200, asked, body)
		d := call.Detail
		require.Equal(t, []any{genai.OperationTextCompletion, "sglang", 1, 2, genai.OutcomeOK}, []any{call.Operation, call.Provider, call.Turn, call.InputImages, call.Outcome})
		require.Equal(t, []any{genai.Known(8), []string{"\n"}, true, true, true}, []any{d.MaxTokens, d.Stop, d.Sampling.Seed.Known, d.Sampling.Temperature == (genai.Number{Known: true}), d.StreamAsked})
		require.Equal(t, "It is fine", d.Choices[0].Text)
		require.Equal(t, []string{"stop"}, call.FinishReasons)
		require.Equal(t, genai.Usage{Input: genai.Known(5), Output: genai.Known(3), CacheRead: genai.Known(4), Reasoning: genai.Known(1), Source: genai.UsageReported}, call.Usage)
		require.Zero(t, d.InvalidEvents)
	}
	call := read(t, DecodeGenerate, 200, `{"text":["a","b"],"sampling_params":{"n":2},"image_data":null}`, "["+sglangSays("a", "1", stop)+","+sglangSays("b", "2", stop)+","+sglangSays("c", "3", stop)+","+sglangSays("d", "4", stop)+"]")
	require.Equal(t, []int{2, 4, 0}, []int{call.Turn, len(call.Detail.Choices), call.InputImages})
	require.Equal(t, []genai.Count{genai.Known(10), genai.Known(10)}, []genai.Count{call.Usage.Input, call.Usage.Output})

	call = read(t, DecodeGenerate, 200, asked, streamed(sglangSays("", "0", `{"type":"abort","message":"The server is shutting down.","status_code":503}`)))
	require.Equal(t, genai.OutcomeUpstreamError, call.Outcome)
	call = read(t, DecodeGenerate, 200, asked, streamed(`{"error":{"message":"The input (9000 tokens) is longer than the model's context length (4096 tokens)."}}`))
	require.Equal(t, genai.ErrorContextLength, call.ErrorType)
}

func TestTGI(t *testing.T) {
	const asked = `{"inputs":"Hi","parameters":{"max_new_tokens":8,"stop":["\n"],"details":true,"seed":3,"best_of":1,"grammar":{"type":"json","value":{"type":"object"}}}}`
	const header = "Content-Type: application/json\r\nx-prompt-tokens: 5\r\nx-generated-tokens: 3\r\n"
	known := genai.Usage{Input: genai.Known(5), Output: genai.Known(3), Source: genai.UsageReported}
	plain := func(request, body string) *genai.Call {
		x := ok(body)
		x.Request.Body, x.Response.Header = []byte(request), exchange.Header(header)
		call := &genai.Call{}
		require.NoError(t, DecodeGenerate(x, nil, call))
		return call
	}
	whole := plain(asked, `{"generated_text":"It is","details":{"finish_reason":"eos_token","generated_tokens":3,"seed":3,"prefill":[],"tokens":[{"id":1,"text":"It","special":false}]}}`)
	stream := read(t, DecodeGenerateStream, 200, asked, `data:{"index":1,"token":{"id":1,"text":"It","logprob":-0.1,"special":false},"generated_text":null,"details":null}

data:{"index":2,"token":{"id":2,"text":" is","logprob":-0.1,"special":false},"generated_text":null,"details":null}

data:{"index":3,"token":{"id":0,"text":"</s>","logprob":-0.1,"special":true},"generated_text":"It is","details":{"finish_reason":"eos_token","generated_tokens":3,"seed":3,"input_length":5}}

`)
	for _, call := range []*genai.Call{whole, stream} {
		d := call.Detail
		require.Equal(t, []any{genai.OperationTextCompletion, "tgi", 1, genai.OutcomeOK}, []any{call.Operation, call.Provider, call.Turn, call.Outcome})
		require.Equal(t, []any{genai.Known(8), []string{"\n"}, true, true, false}, []any{d.MaxTokens, d.Stop, d.StopKept, d.Sampling.Seed.Known, d.UsageOff})
		require.Equal(t, []string{"json_schema", `{"type":"object"}`}, []string{call.ResponseFormat, string(d.ResponseSchema)})
		require.Equal(t, "It is", d.Choices[0].Text)
		require.Equal(t, []string{"eos_token"}, call.FinishReasons)
		require.Equal(t, known, call.Usage)
	}
	require.Equal(t, []any{true, true, 2}, []any{stream.Stream, stream.Detail.StreamAsked, stream.Chunks})
	require.False(t, whole.Detail.StreamAsked)

	bare := plain(`{"inputs":"Hi"}`, `{"generated_text":"It is"}`)
	require.Equal(t, known, bare.Usage, "the header has the counts")
	require.True(t, bare.Detail.UsageOff)
	require.Equal(t, genai.ErrorInvalidRequest, read(t, DecodeGenerate, 422, asked, `{"error":"Input validation error: temperature must be positive","error_type":"validation"}`).ErrorType)
	require.NotEmpty(t, read(t, DecodeGenerateStream, 200, asked, `data:{"error":"Request failed during generation","error_type":"generation"}`+"\n\n").ErrorType)
}
