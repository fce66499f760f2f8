package genaiprocessor

import "github.com/llmtap/llmtap/internal/genai"

// examplesMin is of how many calls the histories end alike, in an answer that no known call gave, until it is taken for an example
// that the application wrote itself. Of fewer, it may be that another tap has seen the calls before, and that a
// user had the answer written anew.
const examplesMin = 4

// examplesSeed keeps what is remembered of such answers apart from that of calls.
const examplesSeed = 2

// own tells of a call that continues no known one how many of its history's answers the model gave, and with which of them the
// conversation begins: after examples it does so anew with each call.
func (r *conversation) own(h *genai.History, user uint64) (answers int, root uint64) {
	for newer, hash := range h.Wholes {
		key := user ^ genai.Mix(examplesSeed, hash)
		seen, _ := r.known.Get(key)
		if newer == 0 && h.Whole != 0 && seen.id != h.Whole && seen.turn < examplesMin { // the same again is a call tried again
			seen.id, seen.turn = h.Whole, seen.turn+1
			r.known.Put(key, seen)
		}
		switch {
		case seen.turn < examplesMin:
		case newer == 0:
			return 0, h.Whole
		default:
			return newer, h.Wholes[newer-1]
		}
	}
	return h.Answers, h.Root
}
