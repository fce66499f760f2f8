package fidelity

import "fmt"

// multimodalChecks judge what became of images, audio and files.
var multimodalChecks = []Check{
	{"multimodal.modality_dropped", Suspicion, Server, Multimodal,
		"An image or a sound that was sent adds to the prompt's tokens.", modalityDropped},
}

// What the text of a prompt takes: bytes to a token at the least and at the most, tokens for the frame of each message, and
// for a template's own system prompt.
const (
	promptBytesPerTokenMin = 3
	promptBytesPerTokenMax = 6
	frameTokens            = 12
	promptFrame            = 24
)

// mediaTokensMin is the least that an image takes wherever it is looked at: SmolVLM has 64 tokens, detail low of OpenAI 85.
const mediaTokensMin = 64

// modalityDropped asks whether the text alone explains the prompt's tokens. Of a long text that is not known well enough.
func modalityDropped(s *subject) result {
	u := &s.Usage
	media := int64(s.InputImages + s.InputAudios)
	r, ok := s.promise(s.generates() && s.reported() && u.Input.Known && media > 0 && !s.usesNoModel())
	if !ok {
		return r
	}
	most := s.d.PromptTextBytes/promptBytesPerTokenMin + int64(frameTokens*s.Turn) + promptFrame
	least := s.d.PromptTextBytes/promptBytesPerTokenMax + mediaTokensMin*media
	switch {
	case u.ImageInput.N > 0 || u.AudioInput.N > 0 || u.Input.N > most:
		return pass
	case u.Input.N >= least:
		return undecidable
	}
	return fail(fmt.Sprintf("%d tokens", u.Input.N))
}
