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

// llama.cpp calls a response completed that ran into max_output_tokens, and gives no reason where a request chose other members.
func TestEndingsThatAreNotTold(t *testing.T) {
	f := func(want Verdict, c *genai.Call) {
		t.Helper()
		got := verdicts(c)
		list := map[Verdict][]string{Fail: got.Failed, Undecidable: got.Undecidable}[want]
		require.Subset(t, list, []string{"structured.not_json", "tools.choice_required_violated"})
	}
	half := func(most int64) *genai.Call {
		c := offered(`{"city":`)
		c.ResponseFormat, c.Detail.ToolChoice = "json_object", genai.ToolChoice{Mode: "required"}
		c.Detail.MaxTokens, c.Usage.Output, c.Detail.TotalTokens = genai.Known(most), genai.Known(3), genai.Count{}
		return c
	}
	f(Undecidable, responses(half(3)))
	f(Fail, responses(half(4)))
	f(Fail, responses(half(genai.Unbounded)))
	// vLLM counts all turns between calls of its own tools, each of which has the bound to itself.
	ranTools := with(half(3), func(c *genai.Call) { choice(c).Other = true })
	require.Contains(t, verdicts(responses(ranTools)).Failed, "structured.not_json")
	f(Fail, half(3)) // of a chat the reason tells
	chosen := func(reason string) *genai.Call {
		return with(half(4), func(c *genai.Call) {
			c.Operation, c.Provider, c.APIType = genai.OperationTextCompletion, genai.ProviderLlamaCpp, ""
			choice(c).FinishReason = reason
		})
	}
	f(Undecidable, chosen(""))
	f(Fail, chosen("eos"))
}
