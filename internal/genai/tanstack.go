package genai

// readTanStack knows spans of TanStack AI, whose scope has the application's name. That of a chat sums the calls, which have spans of their
// own, and these have counts as the provider's API has them.
func (f *foreign) readTanStack(name string) bool {
	switch name {
	case "ai.iterations":
		f.noCall = true
	case "ai.iteration":
		f.raw = rawAll
	default:
		return false
	}
	return true
}
