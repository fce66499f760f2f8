package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// What a small picture adds to a long text is less than what is not known of the text.
func TestPicturesBesideLongTextsAreNotDecided(t *testing.T) {
	f := func(want Verdict, textBytes, input int64) {
		t.Helper()
		c := pictured()
		c.Detail.PromptTextBytes, c.Usage.Input = textBytes, genai.Known(input)
		require.Equal(t, want, modalityDropped(subjectOf(c)).verdict)
	}
	f(Fail, 40, 36)
	f(Pass, 40, 40/promptBytesPerTokenMin+frameTokens+promptFrame+1)
	const text = 10_000 // some 2,300 tokens, and 85 of a picture with detail low
	f(Fail, text, text/promptBytesPerTokenMax+mediaTokensMin-1)
	f(Undecidable, text, text/promptBytesPerTokenMax+mediaTokensMin)
	f(Undecidable, text, 2385)
	f(Undecidable, text, text/promptBytesPerTokenMin+frameTokens+promptFrame)
	f(Pass, text, text/promptBytesPerTokenMin+frameTokens+promptFrame+1)
}
