package fidelity

import (
	"slices"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// server gives the server by the name that it has as a provider: as the API is its own or the answer's members show, or else as it
// or a gateway before several of them says. It is empty where that is not known.
func (s *subject) server() string {
	if s.ownForm() || s.Provider == genai.ProviderVLLM {
		return s.Provider
	}
	if s.d.ServerShown != "" {
		return s.d.ServerShown
	}
	return genai.ServerOf([]byte(s.ServerVersion))
}

// inWord takes back the failure of what a request asks for in a word that its server does not know. Where the server is not known it
// is a suspicion, unless the word tells it.
func (s *subject) inWord(word genai.Word, failure result) result {
	if word == "" || failure.verdict != Fail {
		return failure
	}
	knowing, server := strings.Fields(string(word)), s.server()
	switch {
	case server == "" && word == genai.WordOfVLLM, slices.Contains(knowing, server):
		return failure
	case server == "":
		return failAs(max(failure.class, Suspicion), failure.evidence)
	}
	return notApplicable
}
