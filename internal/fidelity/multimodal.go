package fidelity

import (
	"fmt"
	"regexp"
	"strings"
)

// multimodalChecks judge what became of images, audio and files.
var multimodalChecks = []Check{
	{"multimodal.modality_dropped", Suspicion, Server, Multimodal,
		"An image or a sound that was sent adds to the prompt's tokens. Of models that are known to take them, only large ones are judged.",
		when(hasMedia, modalityDropped)},
}

// What the text of a prompt takes: bytes to a token at the least and at the most, tokens for the frame of each message, and
// for a template's own system prompt.
const (
	promptBytesPerTokenMin = 3
	promptBytesPerTokenMax = 6
	frameTokens            = 12
	promptFrame            = 24
)

// mediaTokensMin is the least that a large image takes wherever it is looked at: SmolVLM has 64 tokens, detail low of OpenAI 85. A
// small one takes as few as it has squares of some 30 points, a short sound ten a second.
const mediaTokensMin = 64

// What of a request's body is no text for an image to be large, however badly it is packed, and for a sound to be long.
const (
	imageBytesMin = 256 << 10
	soundBytesMin = 4 << 20
)

// sentLarge tells that one of the images or sounds is surely large, by its own size or that of the request. A file beside them may be
// what takes the room.
func (s *subject) sentLarge() bool {
	least := int64(s.InputImages)*imageBytesMin + int64(s.InputAudios)*soundBytesMin
	return s.d.LargeImage || s.InputFiles == 0 && s.RequestBytes-s.d.PromptTextBytes >= least
}

// takers are the names of models that are known to take images or sounds, so that what is lost is more likely small than dropped.
var takers = regexp.MustCompile(`(?i)claude|gpt-(?:4o|4\.1|4-turbo|[5-9])|\bo[134]\b|gemini|gemma-?[34]|grok|nova|pixtral|m[ai][gn]istral|` +
	`mistral-(?:small|medium|large)|llama-?4|vision|vl\b|vlm|llava|omni|multimodal|audio|voxtral|minicpm-[ov]|kimi-k2\.|glm-[\d.]+v`)

func (s *subject) takesMedia() bool {
	return takers.MatchString(s.RequestModel) || takers.MatchString(s.ResponseModel)
}

// looksBeside tells of models that look at pictures beside the text, where they take one token: Llama 3.2 Vision.
func (s *subject) looksBeside() bool {
	name := strings.ToLower(s.RequestModel + " " + s.ResponseModel)
	return strings.Contains(name, "llama") && strings.Contains(name, "vision")
}

// modalityDropped asks whether the text alone explains the prompt's tokens. Of a long text that is not known well enough.
func modalityDropped(s *subject) result {
	u := &s.Usage
	media := int64(s.InputImages + s.InputAudios)
	if r := s.promise(s.generates() && s.reported() && u.Input.Known && media > 0 && !s.usesNoModel()); r.verdict != Pass {
		return r
	}
	most := s.d.PromptTextBytes/promptBytesPerTokenMin + int64(frameTokens*s.Turn) + promptFrame
	least := s.d.PromptTextBytes/promptBytesPerTokenMax + mediaTokensMin
	switch {
	case u.ImageInput.N > 0 || u.AudioInput.N > 0 || u.Input.N > most:
		return pass
	case u.Input.N >= least, s.looksBeside(), !s.sentLarge() && s.takesMedia():
		return undecidable
	}
	return fail(fmt.Sprintf("%d tokens", u.Input.N))
}
