package fidelity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Mistral's total has the tokens of a sound, its prompt has not: it bills the seconds.
func TestTotalsThatHaveSoundBesides(t *testing.T) {
	f := func(want result, total, sound int64, length time.Duration) {
		t.Helper()
		c := textCall()
		c.Usage.Input, c.Usage.Output, c.Usage.AudioTime = genai.Known(9), genai.Known(248), length
		c.Usage.AudioInput = genai.Count{N: sound, Known: sound > 0}
		c.Detail.TotalTokens, c.Detail.RawOutput = genai.Known(total), genai.Known(248)
		got := usageTotalMismatch(subjectOf(c))
		require.Equal(t, [2]any{want.verdict, want.class}, [2]any{got.verdict, got.class})
	}
	f(pass, 257, 0, 0)
	f(failAs(Information, ""), 632, 375, 3*time.Second)
	f(failAs(Information, ""), 632, 375, 0)
	f(failAs(Information, ""), 632, 0, 3*time.Second)
	f(fail(""), 633, 375, 0)
	f(fail(""), 632, 0, 0)
	f(fail(""), 256, 0, 3*time.Second)
}

// The total may have reasoning that the output, as the server counts it, leaves out, or leave it out as well.
func TestTotalsBesideReasoning(t *testing.T) {
	f := func(want result, total, output int64) {
		t.Helper()
		c := textCall()
		c.Usage.Input, c.Usage.Output, c.Usage.Reasoning = genai.Known(61), genai.Known(106), genai.Known(96)
		c.Detail.TotalTokens, c.Detail.RawOutput = genai.Known(total), genai.Known(output)
		got := usageTotalMismatch(subjectOf(c))
		require.Equal(t, [2]any{want.verdict, want.class}, [2]any{got.verdict, got.class})
	}
	f(pass, 167, 106)
	f(failAs(Information, ""), 167, 10) // xAI
	f(failAs(Information, ""), 71, 10)  // Vercel's gateway, of Gemini
	f(fail(""), 72, 10)
	f(fail(""), 71, 106)
}
