package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Of an answer that was cut nothing is said that what is missing might refute.
func TestCutAnswers(t *testing.T) {
	f := func(want Verdict, judge func(*subject) result, change func(*genai.Call)) {
		t.Helper()
		c := chatStreamed()
		change(c)
		require.Equal(t, want, judge(subjectOf(c)).verdict)
	}
	failed := func(c *genai.Call) { c.ErrorType, c.Chunks = genai.ErrorServerError, 0 }
	f(Fail, statusMismatch, failed)
	f(Undecidable, statusMismatch, func(c *genai.Call) { failed(c); c.ResponseTruncated = true })
	notStreamed := func(c *genai.Call) { c.Stream = false }
	f(Fail, streamIgnored, notStreamed)
	f(Fail, streamIgnored, func(c *genai.Call) { notStreamed(c); c.ResponseTruncated = true })
	f(Undecidable, streamIgnored, func(c *genai.Call) {
		notStreamed(c)
		c.ErrorType, c.Detail.Choices = genai.ErrorClientAbort, nil
	})
}
