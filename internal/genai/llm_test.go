package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// OpenInference keeps the answer as the API gave it, or its text alone, which may be JSON, too.
func TestAnswersOfAPIsHaveAnID(t *testing.T) {
	f := func(want, answer string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"openinference.span.kind": "LLM", "output.value": answer})
		require.True(t, ok)
		require.Equal(t, want, c.ResponseID)
	}
	f("chatcmpl-1", `{"id":"chatcmpl-1","choices":[{"finish_reason":"stop"}]}`)
	f("resp_1", `{"id":"resp_1","object":"response","output":[],"usage":{"input_tokens":3,"output_tokens":1}}`)
	f("resp_1", `{"id":"resp_1","object":"response","output":[],"usage":null}`)
	f("msg_1", `{"id":"msg_1","type":"message","content":[],"usage":{"input_tokens":3,"output_tokens":1}}`)
	f("", `{"id":"ticket-12","label":"refund"}`)
}
