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
// stands beside a file, nobody knows. Of a model that is not known to see, a picture of any size is missed.
func TestSmallPicturesAreNotMissed(t *testing.T) {
	f := func(want Verdict, model string, change func(*genai.Call)) {
		t.Helper()
		c := pictured()
		c.RequestModel, c.ResponseModel, c.Usage.Input = model, "", genai.Known(26)
		change(c)
		require.Equal(t, want, modalityDropped(subjectOf(c)).verdict, model)
	}
	small := func(c *genai.Call) { c.RequestBytes = 8 << 10 }
	for _, model := range []string{
		"claude-opus-4-8", "openai/gpt-4o-mini", "gpt-5.6", "o3", "o4-mini", "gemini-3-pro", "google/gemma-3-27b-it", "gemma3:4b", "pixtral-12b",
		"mistral-medium-latest", "Llama-4-Maverick", "Qwen/Qwen3-VL-8B-Instruct", "qwen2.5vl:7b", "HuggingFaceTB/SmolVLM2-2.2B", "glm-4.5v",
	} {
		f(Fail, model, func(*genai.Call) {})
		f(Undecidable, model, small)
	}
	f(Fail, "claude", func(c *genai.Call) { c.RequestBytes, c.Detail.LargeImage = 8<<10, true })
	f(Undecidable, "claude", func(c *genai.Call) { c.InputImages = 2 })
	f(Undecidable, "claude", func(c *genai.Call) { c.InputFiles = 1 })
	f(Undecidable, "gpt-audio", func(c *genai.Call) { c.InputImages, c.InputAudios = 0, 1 })
	f(Fail, "gpt-audio", func(c *genai.Call) { c.InputImages, c.InputAudios, c.RequestBytes = 0, 1, 5<<20 })
	for _, model := range []string{"scripted", "Qwen/Qwen3-32B", "llama3.1:8b", "gpt-4", "gpt-oss-120b", "deepseek-chat", "foo3"} {
		f(Fail, model, small)
	}
	f(Undecidable, "llama3.2-vision:11b", func(*genai.Call) {})
	f(Undecidable, "meta-llama/Llama-3.2-11B-Vision-Instruct", func(*genai.Call) {})
}
