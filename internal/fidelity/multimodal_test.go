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

// A small picture takes few tokens: Claude sees one of 60 x 30 points for two. How large one is that only has an address, or
// stands beside a file, nobody knows.
func TestSmallPicturesAreNotMissed(t *testing.T) {
	f := func(want Verdict, change func(*genai.Call)) {
		t.Helper()
		c := pictured()
		c.Usage.Input = genai.Known(26)
		change(c)
		require.Equal(t, want, modalityDropped(subjectOf(c)).verdict)
	}
	f(Fail, func(*genai.Call) {})
	f(Undecidable, func(c *genai.Call) { c.RequestBytes = 8 << 10 })
	f(Fail, func(c *genai.Call) { c.RequestBytes, c.Detail.LargeImage = 8<<10, true })
	f(Undecidable, func(c *genai.Call) { c.InputImages = 2 })
	f(Undecidable, func(c *genai.Call) { c.InputFiles = 1 })
	f(Undecidable, func(c *genai.Call) { c.InputImages, c.InputAudios = 0, 1 })
	f(Fail, func(c *genai.Call) { c.InputImages, c.InputAudios, c.RequestBytes = 0, 1, 5<<20 })
	f(Undecidable, func(c *genai.Call) { c.ResponseModel = "llama3.2-vision:11b" })
	f(Undecidable, func(c *genai.Call) { c.RequestModel = "meta-llama/Llama-3.2-11B-Vision-Instruct" })
}
