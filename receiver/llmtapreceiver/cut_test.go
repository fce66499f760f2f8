package llmtapreceiver

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// Wherever the connection of an answer ends, nothing is read that the server did not say, and no promise counts as broken of
// which the rest of the answer might have kept.
func TestAnswersThatBreakOffAnywhere(t *testing.T) {
	for name, k := range keeping {
		if name == "ollama loads" {
			continue // only its end tells that it is no answer
		}
		whole := k.exchange()
		want := decodeFixture(t, whole)
		for _, end := range []exchange.End{exchange.UpstreamBroken, exchange.ClientGone} {
			for cut := range len(whole.Response.Body) {
				x := *whole
				x.End = end
				x.Response.Body, x.Response.Size = x.Response.Body[:cut:cut], int64(cut)
				call := decodeFixture(t, &x)
				for _, check := range slices.Concat(call.Fidelity.Failed, call.Fidelity.Suspected) {
					require.Contains(t, append(want.Fidelity.Failed, "stream.premature_close"), check, "%s %d", name, cut)
				}
				noneInvented(t, want, call)
			}
		}
	}
}

// Wherever the copy of an answer ends, no promise counts as broken of which the rest might have kept.
func TestCopiesThatEndAnywhere(t *testing.T) {
	for name, k := range keeping {
		if name == "ollama loads" {
			continue // as above
		}
		whole := k.exchange()
		for end := range len(whole.Response.Body) {
			x := *whole
			x.Response.Body, x.Response.Truncated = x.Response.Body[:end:end], true
			call := decodeFixture(t, &x)
			require.Empty(t, slices.Concat(call.Fidelity.Failed, call.Fidelity.Suspected), "%s %d", name, end)
		}
	}
}

// noneInvented compares what was read of a part with what the whole says.
func noneInvented(t *testing.T, whole, part *genai.Call) {
	t.Helper()
	require.Contains(t, []string{"", whole.ResponseModel}, part.ResponseModel)
	require.Contains(t, []string{"", whole.ResponseID}, part.ResponseID)
	for _, reason := range part.FinishReasons {
		require.Contains(t, append(whole.FinishReasons, "error"), reason)
	}
	for _, tool := range part.ToolNames {
		require.Contains(t, append(whole.ToolNames, ""), tool)
	}
	if part.Usage.Source == genai.UsageReported {
		want := whole.Usage
		if whole.Provider == "llama.cpp" && !part.Usage.CacheRead.Known { // each of its events has counts, only the last one this
			want.CacheRead = genai.Count{}
		}
		require.Equal(t, want, part.Usage)
	}
}
