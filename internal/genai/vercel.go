package genai

import "strings"

// readVercel takes attributes of Vercel's AI Gateway. The span of a request is a model call. Those of its attempts at one provider
// after the other are none: they say no tokens.
func (f *foreign) readVercel(name string) bool {
	attempt := strings.HasPrefix(name, "ai_gateway.attempt.")
	f.otherKind = f.otherKind || attempt
	return attempt
}
