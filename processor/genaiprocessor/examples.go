package genaiprocessor

import "github.com/llmtap/llmtap/internal/genai"

// examplesMin is of how many calls the histories end alike, in an answer that no known call gave, until it is taken for an example
// that the application wrote itself. Of fewer, it may be that another tap has seen the calls before, and that a user had the answer
// written anew.
const examplesMin = 4

// examplesShare is how many answers are remembered for each that no known call gave. These have a table of their own, so that calls
// of which other taps have seen the ones before do not displace what this one has seen.
const examplesShare = 8

// example is an answer that no known call gave.
type example struct {
	last  uint64 // the call whose history ended with it lately
	calls uint8  // examplesMin at most
}

// own tells of a call that continues no known one how many of its history's answers the model gave, and with which of them the
// conversation begins: after examples it does so anew with each call.
func (r *conversation) own(h *genai.History, user uint64) (answers int, root uint64) {
	for newer, hash := range h.Wholes {
		seen, _ := r.examples.Get(user ^ hash)
		if newer == 0 && h.Whole != 0 && seen.last != h.Whole && seen.calls < examplesMin { // the same again is a call tried again
			seen = example{h.Whole, seen.calls + 1}
			r.examples.Put(user^hash, seen)
		}
		switch {
		case seen.calls < examplesMin:
		case newer == 0:
			return 0, h.Whole
		default:
			return newer, h.Wholes[newer-1]
		}
	}
	return h.Answers, h.Root
}
