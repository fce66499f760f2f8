package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// LightLLM has TGI's requests, and answers of its own: its streams do not repeat the text at their end.
func TestLightLLM(t *testing.T) {
	const asked = `{"inputs":"Hi","parameters":{"max_new_tokens":2}}`
	const token = `,"logprob":-0.1,"special":false,"prompt_tokens":7,"logprobs":[],"count_output_tokens":`
	stream := func(finish string) *genai.Call {
		return read(t, DecodeGenerateStream, 200, asked,
			`data:{"token":{"id":1,"text":"It"`+token+`1},"generated_text":null,"finished":false,"finish_reason":null,"details":null,"input_usage":null}`+"\n\n"+
				`data:{"token":{"id":2,"text":" is"`+token+`2},"generated_text":null,"finished":true,"finish_reason":"`+finish+`","details":null,"input_usage":null}`+"\n\n")
	}
	whole := read(t, DecodeGenerate, 200, asked, `{"generated_text":["It is"],"count_output_tokens":2,"finish_reason":"length","prompt_tokens":7,"logprobs":[]}`)
	for _, call := range []*genai.Call{stream("length"), whole} {
		require.Equal(t, []any{genai.OutcomeOK, "It is"}, []any{call.Outcome, call.Detail.Choices[0].Text})
		require.Equal(t, []string{"length"}, call.FinishReasons)
		require.Equal(t, genai.Usage{Input: genai.Known(7), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
	}
	require.Equal(t, genai.OutcomeUpstreamError, stream("error").Outcome)

	two := read(t, DecodeGenerate, 200, asked, `{"generated_text":["It is","No"],"count_output_tokens":[2,1],"finish_reason":["length","stop"],"prompt_tokens":7}`)
	require.Equal(t, []string{"It is", "No"}, []string{two.Detail.Choices[0].Text, two.Detail.Choices[1].Text})
	require.Equal(t, []string{"length", "stop"}, two.FinishReasons)
	require.Equal(t, []genai.Count{genai.Known(7), genai.Known(3)}, []genai.Count{two.Usage.Input, two.Usage.Output})

	x, cut := ok(`{"generated_text":["It is","No"],"count_output_tokens":[2,`), &genai.Call{}
	x.Request.Body = []byte(asked)
	require.Error(t, DecodeGenerate(x, nil, cut))
	require.Equal(t, genai.UsageEstimated, cut.Usage.Source)

	tgi := read(t, DecodeGenerate, 200, asked, `{"generated_text":"It is","details":{"generated_tokens":2,"finish_reason":"stop","prompt_tokens":7}}`) // with --use_tgi_api
	require.Equal(t, []genai.Count{genai.Known(7), genai.Known(2)}, []genai.Count{tgi.Usage.Input, tgi.Usage.Output})

	chat := read(t, DecodeGenerate, 200, asked, `[{"generated_text":[{"role":"user","content":"Hi"},{"role":"assistant","content":"It is"}]}]`) // Transformers' pipelines
	require.Empty(t, chat.Detail.Choices, "messages are no texts")
}
