package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// What servers answer in forms of their own is judged by no promise of OpenAI's.
func TestOwnAPIsBreakNoPromise(t *testing.T) {
	d, failures := newDecoder()
	f := func(path, request, mediaType, answer string) {
		t.Helper()
		x := answerExchange(path, mediaType, answer)
		x.Request.Body, x.Request.Size, x.Response.Size = []byte(request), int64(len(request)), int64(len(answer))
		x.End = exchange.Completed
		call := d.call(x)
		require.Empty(t, *failures, path)
		require.Equal(t, genai.OutcomeOK, call.Outcome, path)
		require.Empty(t, against(&call.Fidelity), path)
	}
	const usage = `"usage":{"prompt_tokens":3,"total_tokens":3}`
	f("/v1/edits", `{"model":"m","instruction":"Fix it","input":"som text","stream":true}`, jsonType,
		`{"created":1,"object":"edit","id":"e1","model":"m","choices":[{"index":0,"finish_reason":null,"text":"some text"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`)
	f("/embedding", `{"content":"some text"}`, jsonType, `[{"index":0,"embedding":[[0.1,0.2],[0.3,0.4]]}]`)
	f("/encode", `{"text":"some text"}`, jsonType, `{"embedding":[0.1],"meta_info":{"id":"r","prompt_tokens":3}}`)
	f("/v2/embed", `{"model":"m","texts":["some text"]}`, jsonType, `{"id":"e1","embeddings":{"float":[[0.1]]},"meta":{"tokens":{"input_tokens":3}}}`)
	f("/pooling", `{"model":"m","input":"some text"}`, jsonType, `{"id":"p1","model":"m","data":[{"index":0,"object":"pooling","data":[0]}],`+usage+`}`)
	f("/classify", `{"model":"m","input":"some text"}`, jsonType, `{"id":"l1","model":"m","data":[{"index":0,"label":"a","probs":[1],"num_classes":1}],`+usage+`}`)
	f("/v1/decisions", `{"model":"m","input":"some text","questions":[{"type":"predicate","instructions":"is it?"}]}`, jsonType,
		`{"model":"m","answers":[{"type":"predicate","name":null,"probability":1}],"usage":{"input_tokens":3,"output_tokens":0,"total_tokens":3}}`)
	f("/v1/systemone", `{"model":"m","state":"some text","questions":{"a":{"type":"noul"}}}`, jsonType, `{"model":"m","answers":{},"usage":{"input_tokens":9,"output_tokens":1}}`)
	f("/", `{"inputs":"some text"}`, jsonType, `[{"generated_text":"some text and more"}]`)
	f("/v1/chat/completions/batch", `{"model":"m","messages":[[{"role":"user","content":"a"}],[{"role":"user","content":"b"}]]}`, jsonType,
		`{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"},`+
			`{"index":1,"message":{"role":"assistant","content":"y"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}`)
	f("/v1/chat/completions/input_tokens", `{"model":"m","messages":[{"role":"user","content":"a"}]}`, jsonType, `{"input_tokens":21,"object":"response.input_tokens"}`)
	const tokens = `{"model":"m","token_ids":[1,2,3],"sampling_params":{"max_tokens":2}`
	f("/inference/v1/generate", tokens+`}`, jsonType, `{"request_id":"g1","choices":[{"index":0,"token_ids":[7,8],"finish_reason":"length"}]}`)
	f("/inference/v1/generate", tokens+`,"stream":true}`, sseType, "data: "+`{"request_id":"g2","choices":[{"index":0,"token_ids":[7,8],"finish_reason":"length"}]}`+"\n\ndata: [DONE]\n\n")
	f("/inference/v1/generate", tokens+`,"stream":true,"stream_options":{"include_usage":true}}`, sseType,
		"data: "+`{"request_id":"g3","choices":[{"index":0,"token_ids":[7],"finish_reason":"stop"}]}`+"\n\ndata: "+
			`{"request_id":"g3","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`+"\n\ndata: [DONE]\n\n")
}
