package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
)

// Limits of what shows that deltas repeat text. A model may repeat itself, and a hurried server may join the pieces of that.
const (
	grownMin         = 3  // deltas, each with all of the one before and more
	grownBytesMin    = 32 // of the last of them
	repeatedBytesMin = 64 // of all the text that one delta has once more
	repeatedPieces   = 2  // in which it came before
	periodBytes      = 16 // of the text's beginning, which stand in it only once
)

// repeats watches whether the deltas of a text are what is new of it. Alibaba's and others' have been all of it so far, and
// RAGFlow's last one all of it once more.
type repeats struct {
	pieces, last int  // the deltas, and the bytes of the last one
	differs      bool // one does not begin with the one before
	grown        int
	again        bool // one has all the text before it
}

// take takes in a delta that follows a text.
func (w *repeats) take(before, delta []byte) {
	if len(delta) == 0 || w.last > len(before) {
		return
	}
	if w.pieces > 0 && !w.differs {
		last := before[len(before)-w.last:]
		w.differs = !bytes.HasPrefix(delta, last)
		if !w.differs && len(delta) > len(last) && delta[len(last)] != delta[0] { // else it may be one thing again and again
			w.grown++
		}
	}
	w.again = w.again || w.pieces >= repeatedPieces && len(before) >= repeatedBytesMin && bytes.HasPrefix(delta, before) &&
		!bytes.Contains(before[1:], before[:periodBytes])
	w.pieces, w.last = w.pieces+1, len(delta)
}

// found tells whether the deltas repeat text.
func (w *repeats) found() bool {
	return w.again || !w.differs && w.grown >= grownMin && w.last >= grownBytesMin
}

// choiceRepeats are those of a choice's texts.
type choiceRepeats struct{ text, reasoning repeats }

// watch takes in a delta that follows what a choice has.
func (a *choicesAnswer) watch(c *answer.Choice, d *delta) {
	if d.whole {
		return
	}
	for len(a.repeats) <= c.Index {
		a.repeats = append(a.repeats, choiceRepeats{})
	}
	w := &a.repeats[c.Index]
	w.text.take(c.Text, d.content)
	w.reasoning.take(c.Reasoning, d.reasoning)
}

// repeated tells whether the deltas of any choice repeat text.
func (a *choicesAnswer) repeated() bool {
	for i := range a.repeats {
		if a.repeats[i].text.found() || a.repeats[i].reasoning.found() {
			return true
		}
	}
	return false
}
