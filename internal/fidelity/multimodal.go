package fidelity

import "fmt"

// multimodalChecks judge what became of images, audio and files.
var multimodalChecks = []Check{
	{"multimodal.modality_dropped", Suspicion, Server, Multimodal,
		"An image or a sound that was sent adds to the prompt's tokens.", modalityDropped},
}

// Limits of what a prompt's text alone may take: tokens per message for its frame, and bytes to a token at the least.
const (
	frameTokens      = 12
	promptFrame      = 24 // of a template's own system prompt
	bytesPerTokenMin = 3
)

// modalityDropped compares with the most that the text alone can take, because the least that an image takes is 65 to
// 85 tokens wherever it is looked at.
func modalityDropped(s *subject) result {
	u := &s.Usage
	r, ok := s.promise(s.generates() && s.reported() && u.Input.Known && s.InputImages+s.InputAudios > 0)
	if !ok {
		return r
	}
	if u.ImageInput.N > 0 || u.AudioInput.N > 0 {
		return pass
	}
	text := s.d.PromptTextBytes/bytesPerTokenMin + int64(frameTokens*s.Turn)
	if u.Input.N > text+promptFrame {
		return pass
	}
	return fail(fmt.Sprintf("%d tokens", u.Input.N))
}
