package proxy

import (
	"sync"

	"github.com/llmtap/llmtap/internal/exchange"
)

// recording is what is kept of a recorded call until its exchange is released; then its memory serves another call.
type recording struct {
	exchange.Exchange
	request, response             bodyCopy
	requestHeader, responseHeader []byte
}

// What one recording keeps for the next call; more is left to the garbage collector.
const (
	keptHeaderBytesMax = 8 << 10
	keptMarksMax       = 1 << 10
)

var recordings sync.Pool

func newRecording(limit int, budget *budget) *recording {
	r, ok := recordings.Get().(*recording)
	if !ok {
		r = new(recording)
		r.OnRelease = func(*exchange.Exchange) { r.free() }
	}
	r.request = bodyCopy{limit: limit, budget: budget}
	r.response = bodyCopy{limit: limit, budget: budget}
	return r
}

func (r *recording) free() {
	r.request.free()
	r.response.free()
	if cap(r.requestHeader) > keptHeaderBytesMax {
		r.requestHeader = nil
	}
	if cap(r.responseHeader) > keptHeaderBytesMax {
		r.responseHeader = nil
	}
	marks := r.Marks[:0]
	if cap(marks) > keptMarksMax {
		marks = nil
	}
	r.Exchange = exchange.Exchange{OnRelease: r.OnRelease, Marks: marks}
	recordings.Put(r)
}

// mark notes that the answer's body had arrived up to here.
func (r *recording) mark(at exchange.Mark) {
	n := len(r.Marks)
	switch {
	case n > 0 && r.Marks[n-1].Offset == at.Offset:
	case n == exchange.MarksMax:
		r.Marks[n-1] = at
	default:
		r.Marks = append(r.Marks, at)
	}
}
