package proxy

import (
	"bytes"
	"sync"

	"github.com/llmtap/llmtap/internal/exchange"
)

// recording is what is kept of a recorded call until its exchange is released; then its memory serves another call.
type recording struct {
	exchange.Exchange
	request, response             bodyCopy
	requestHeader, responseHeader []byte
	over                          int  // what headers and marks took of the budget, in bytes
	marksFull                     bool // the budget gave no memory for more
}

// What one recording keeps for the next call; more is left to the garbage collector and taken from the budget.
const (
	keptHeaderBytesMax = 8 << 10
	keptMarksMax       = 1 << 10
)

const (
	markBytes = 16 // of an exchange.Mark
	marksMin  = 16 // for which memory is made at once
)

// answersShare is the share of the budget that requests leave to answers, which are small beside long prompts and say the usage: one in
// so many.
const answersShare = 8

var recordings sync.Pool

func newRecording(limit int, budget *budget) *recording {
	r, ok := recordings.Get().(*recording)
	if !ok {
		r = new(recording)
		r.OnRelease = func(*exchange.Exchange) { r.free() }
	}
	r.request = bodyCopy{limit: limit, budget: budget, others: budget.total / answersShare}
	r.response = bodyCopy{limit: limit, budget: budget}
	r.marksFull = false
	return r
}

func (r *recording) free() {
	if r.over > 0 {
		r.request.budget.give(r.over)
		r.over = 0
	}
	r.request.free()
	r.response.free()
	r.requestHeader, r.responseHeader = emptied(r.requestHeader), emptied(r.responseHeader)
	marks := r.Marks[:0]
	if cap(marks) > keptMarksMax {
		marks = nil
	}
	r.Exchange = exchange.Exchange{OnRelease: r.OnRelease, Marks: marks}
	recordings.Put(r)
}

// emptied gives the memory of a header for the next call, which may end before it has one of its own.
func emptied(header []byte) []byte {
	if cap(header) > keptHeaderBytesMax {
		return nil
	}
	return header[:0]
}

// keepHeader copies a header into the memory of another. Where the budget is used up, it copies the first lines.
func (r *recording) keepHeader(memory, header []byte) []byte {
	if over := len(header) - keptHeaderBytesMax; over > 0 {
		if budget := r.request.budget; budget.take(over) {
			r.over += over
		} else {
			budget.cut.Add(1)
			header = header[:bytes.LastIndexByte(header[:keptHeaderBytesMax], '\n')+1]
		}
	}
	return append(memory[:0], header...)
}

// mark notes that the answer's body had arrived up to here.
func (r *recording) mark(at exchange.Mark) {
	n := len(r.Marks)
	switch {
	case n > 0 && r.Marks[n-1].Offset == at.Offset:
	case n == exchange.MarksMax, r.marksFull, n == cap(r.Marks) && !r.growMarks():
		r.Marks[n-1] = at
	default:
		r.Marks = append(r.Marks, at)
	}
}

// growMarks makes room for more marks. It gives false, and they are all that there will be, when the budget is used up.
func (r *recording) growMarks() bool {
	size := min(max(2*cap(r.Marks), marksMin), exchange.MarksMax)
	if over := markBytes * (size - max(cap(r.Marks), keptMarksMax)); over > 0 {
		if budget := r.request.budget; !budget.take(over) {
			budget.cut.Add(1)
			r.marksFull = true
			return false
		}
		r.over += over
	}
	r.Marks = append(make([]exchange.Mark, 0, size), r.Marks...)
	return true
}
