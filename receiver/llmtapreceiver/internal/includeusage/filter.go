package includeusage

import "github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/sse"

// EventBytesMax is the usual limit of an event that is examined.
const EventBytesMax = 1 << 20

// Filter takes out of a stream what a server added because it was asked for usage: the event that has nothing else, and
// the member "usage":null of other events. Whatever else there is passes as it came, each event when its last byte has
// come. Streams may end their lines with LF, CRLF or CR and be cut into pieces anywhere.
type Filter struct {
	eventBytesMax int
	// TooLong counts the events over the limit, which passed unexamined.
	TooLong int

	event []byte // what there is of an event of which the end has not come
	over  bool   // the event in hand is over the limit
	line  bool   // the line in hand has bytes
	cr    bool   // the last byte was the CR that ended a line: a LF that follows belongs to it
	after fate   // of the event that ended with that CR

	nulls nulls
	// timings tells that the server is llama.cpp, held is an event that waits for the member that it lacks.
	timings bool
	held    []byte
	heldEnd int // of its object
	lacks   moved
}

// fate is what became of an event.
type fate uint8

const (
	open    fate = iota // it has not ended
	passed              // it was passed on
	waiting             // it is in held
	dropped
)

// NewFilter makes a Filter for events up to the limit. llamaCpp tells that the server is llama.cpp.
func NewFilter(eventBytesMax int, llamaCpp bool) *Filter {
	return &Filter{eventBytesMax: eventBytesMax, timings: llamaCpp}
}

// Next appends to dst what can be passed on of the stream so far, continued by piece.
func (f *Filter) Next(dst, piece []byte) []byte {
	if f.cr && f.after != open && len(piece) > 0 {
		if f.cr = false; piece[0] == '\n' {
			dst = f.lineFeed(dst)
			piece = piece[1:]
		}
	}
	ends := sse.LineEndsOf(piece)
	for at := 0; at < len(piece); {
		end, whole := f.eventEnd(piece, at, &ends)
		part := piece[at:end]
		at = end
		if !whole {
			return f.keep(dst, part)
		}
		dst = f.finishEvent(dst, part)
	}
	return dst
}

// Last appends to dst what is left when the stream has ended.
func (f *Filter) Last(dst []byte) []byte {
	if len(f.event) > 0 {
		dst = f.finishEvent(dst, nil)
	}
	return f.release(dst)
}

// eventEnd gives the end of the part of the event in hand that lies in piece from a position on; whole tells that the
// event ends there.
func (f *Filter) eventEnd(piece []byte, from int, ends *sse.LineEnds) (end int, whole bool) {
	end = from
	if f.cr && piece[from] == '\n' {
		end++
	}
	f.cr, f.after = false, open
	for end < len(piece) {
		line := end
		end = ends.From(line)
		f.line = f.line || end > line
		if end == len(piece) {
			break
		}
		f.cr = piece[end] == '\r'
		if end++; f.cr && end < len(piece) {
			if f.cr = false; piece[end] == '\n' {
				end++
			}
		}
		if !f.line {
			return end, true
		}
		f.line = false
	}
	return end, false
}

// keep holds back the beginning of an event. Over the limit the event passes.
func (f *Filter) keep(dst, part []byte) []byte {
	switch {
	case f.over:
		return append(dst, part...)
	case len(f.event)+len(part) <= f.eventBytesMax:
		f.event = append(f.event, part...)
		return dst
	}
	f.over = true
	f.TooLong++
	return append(append(f.release(dst), f.takeEvent()...), part...)
}

// finishEvent decides on an event whose last part is given.
func (f *Filter) finishEvent(dst, part []byte) []byte {
	event := part
	if len(f.event) > 0 || f.over {
		dst = f.keep(dst, part)
		event = f.takeEvent()
	}
	if f.over {
		f.over, f.after = false, passed
		return dst
	}
	dst, f.after = f.pass(dst, event)
	return dst
}

// takeEvent gives what was kept of an event, valid until more is kept.
func (f *Filter) takeEvent() []byte {
	event := f.event
	f.event = f.event[:0]
	return event
}

// lineFeed is the end of the CRLF that ends an event, when it comes in a piece of its own.
func (f *Filter) lineFeed(dst []byte) []byte {
	switch f.after {
	case passed:
		return append(dst, '\n')
	case waiting:
		f.held = append(f.held, '\n')
	}
	return dst
}

// release appends the event that was held.
func (f *Filter) release(dst []byte) []byte {
	dst = append(dst, f.held...)
	f.held = f.held[:0]
	return dst
}
