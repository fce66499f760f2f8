package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestDecision(t *testing.T) {
	known := genai.Usage{Input: genai.Known(90), Output: genai.Known(2), CacheRead: genai.Known(64), CacheWrite: genai.Known(0), Reasoning: genai.Known(0), Source: genai.UsageReported}
	call := read(t, DecodeDecision, 200, `{"model":"gpt-6-luna","input":[{"role":"user","content":[{"type":"input_text","text":"Twice"},{"type":"input_image","image_url":"u"}]}],
		"questions":[{"type":"predicate","name":"p","instructions":"Charged twice?"},{"type":"choice","instructions":"Team?","choices":[{"value":"a"},{"value":true}]}]}`,
		`{"model":"gpt-6-luna","answers":[{"type":"predicate","name":"p","probability":0.9},{"type":"refusal","name":null}],
		"usage":{"input_tokens":90,"input_tokens_details":{"cached_tokens":64,"cache_write_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":92}}`)
	require.Equal(t, []any{genai.OperationDecision, "openai", "gpt-6-luna", "gpt-6-luna", 2, 1},
		[]any{call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Turn, call.InputImages})
	require.Equal(t, known, call.Usage)
	require.Equal(t, genai.OutcomeOK, call.Outcome)
}

func TestSystemOne(t *testing.T) {
	const request = `{"model":"q","state":{"ticket":"Charged twice"},"questions":{"team":{"type":"choice","criteria":{"a":null,"b":"x"}},"urgent":{"type":"noul"}}}`
	call := read(t, DecodeSystemOne, 200, request, `{"id":"decision-1","object":"structured_decision","created":1,"model":"q","answers":{"team":{"type":"choice","choice":"a",
		"probabilities":{"a":0.9,"b":0.1},"confidence":0.9},"urgent":{"type":"noul","noul":0.1}},"usage":{"input_tokens":142,"output_tokens":2},"diagnostics":{}}`)
	require.Equal(t, []any{genai.OperationDecision, "typesafe", "q", "decision-1", 2}, []any{call.Operation, call.Provider, call.ResponseModel, call.ResponseID, call.Turn})
	require.Equal(t, genai.Usage{Input: genai.Known(142), Output: genai.Known(2), Source: genai.UsageReported}, call.Usage)
	silent := read(t, DecodeSystemOne, 200, request, `{"model":"q","answers":{}}`)
	require.Equal(t, genai.UsageEstimated, silent.Usage.Source)
	require.Greater(t, silent.Usage.Input.N, int64(20))
	require.Equal(t, genai.ErrorInvalidRequest, read(t, DecodeSystemOne, 400, request, `{"error":{"message":"a label is not one token","type":"BadRequestError","code":400}}`).ErrorType)
}
