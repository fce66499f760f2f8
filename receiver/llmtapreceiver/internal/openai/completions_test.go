package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// What Mistral answers, and what others who serve the same path do.
func TestFIM(t *testing.T) {
	const asked = `{"model":"codestral","prompt":"def f(","suffix":"return","max_tokens":7,"random_seed":3,"temperature":0,"stop":"\n\n"}`
	const counts = `"usage":{"prompt_tokens":8,"total_tokens":12,"completion_tokens":4}`
	for _, body := range []string{
		`{"id":"c1","object":"chat.completion","model":"codestral","choices":[{"index":0,"message":{"role":"assistant","tool_calls":null,"content":"x):"},"finish_reason":"stop"}],` + counts + `}`,
		`{"id":"c1","object":"text_completion","model":"codestral","choices":[{"index":0,"text":"x):","finish_reason":"stop"}],` + counts + `}`,
		streamed(`{"id":"c1","object":"chat.completion.chunk","created":1,"model":"codestral","choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":null}]}`,
			`{"id":"c1","object":"chat.completion.chunk","created":1,"model":"codestral","choices":[{"index":0,"delta":{"content":"):"},"finish_reason":"stop"}],`+counts+`}`),
		streamed(`{"id":"c1","object":"text_completion","model":"codestral","choices":[{"index":0,"text":"x):","finish_reason":"stop"}],` + counts + `}`),
	} {
		call := read(t, DecodeFIM, 200, asked, body)
		d := call.Detail
		require.Equal(t, []any{genai.OperationTextCompletion, "mistral_ai", "codestral", "codestral", 1},
			[]any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Turn})
		require.Equal(t, []any{genai.Known(7), []string{"\n\n"}, true, true}, []any{d.MaxTokens, d.Stop, d.Sampling.Seed.Known, d.Sampling.Temperature == (genai.Number{Known: true})})
		require.Equal(t, "x):", d.Choices[0].Text)
		require.Equal(t, []string{"stop"}, call.FinishReasons)
		require.Equal(t, genai.Usage{Input: genai.Known(8), Output: genai.Known(4), Source: genai.UsageReported}, call.Usage)
		require.False(t, d.Flaws.Has(genai.FlawObject))
	}
}

// Mistral's agents have instructions and tools of their own, and name no model in the request.
func TestAgent(t *testing.T) {
	const answer = `{"id":"c1","object":"chat.completion","created":1,"model":"mistral-small","choices":[{"index":0,"finish_reason":"tool_calls",` +
		`"message":{"role":"assistant","content":"","tool_calls":[{"id":"a","function":{"name":"of_the_agent","arguments":"{}"}}]}}],` +
		`"usage":{"prompt_tokens":71,"completion_tokens":8,"total_tokens":79}}`
	call := read(t, DecodeAgent, 200, `{"agent_id":"ag_1","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f"}}]}`, answer)
	require.Equal(t, []any{genai.OperationChat, "mistral_ai", "", "mistral-small", 1}, []any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Turn})
	require.Equal(t, genai.Usage{Input: genai.Known(71), Output: genai.Known(8), Source: genai.UsageReported}, call.Usage)
	require.Equal(t, []string{"of_the_agent"}, call.ToolNames)
	require.True(t, call.Detail.MoreTools)
}

// OpenAI's API of edits, as LocalAI serves it, has no streams and no finish reasons.
func TestEdits(t *testing.T) {
	for asked, turn := range map[string]int{
		`{"model":"m","instruction":"Fix it","input":"som text","temperature":0.1,"n":2,"stream":true}`:     1,
		`{"model":"m","instruction":"Fix it","input":["som","text"],"temperature":0.1,"n":2,"stream":true}`: 2,
	} {
		call := read(t, DecodeEdits, 200, asked, `{"created":1,"object":"edit","id":"e1","model":"m","choices":[`+
			`{"index":0,"finish_reason":null,"text":"some text"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`)
		require.Equal(t, []any{genai.OperationTextCompletion, "openai", "m", "m", turn}, []any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Turn})
		require.Equal(t, genai.Usage{Input: genai.Known(9), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
		require.Equal(t, "some text", call.Detail.Choices[0].Text)
		require.Equal(t, []any{2, false, genai.OutcomeOK}, []any{call.Detail.ChoiceCount, call.Detail.StreamAsked, call.Outcome})
	}
}
