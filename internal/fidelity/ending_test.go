package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestEndings(t *testing.T) {
	f := func(want ending, reasons ...string) {
		t.Helper()
		for _, reason := range reasons {
			require.Equal(t, want, endOf(&genai.Choice{FinishReason: reason}), reason)
		}
	}
	f(endedItself, "", "stop", "STOP", "end_turn", "tool_calls", "tool-calls", "stop_sequence", "eos_token", "COMPLETE", "completed", "_other")
	f(endedCut, "length", "LENGTH", "max_tokens", "MAX_TOKENS", "max_output_tokens", "pause_turn", "ERROR_LIMIT")
	f(endedRefused, "content_filter", "content-filter", "content_filter: SAFETY", "SAFETY", "RECITATION", "PROHIBITED_CONTENT",
		"guardrail_intervened", "MALFORMED_FUNCTION_CALL", "refusal", "ERROR_TOXIC")
	require.Equal(t, endedRefused, endOf(&genai.Choice{Refusal: "No.", FinishReason: "stop"}))
}
