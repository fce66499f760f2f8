package answer

import (
	"bytes"
	"io"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/sse"
)

// Fold takes in one JSON value of an answer. name is the event's name, empty where there is none. It tells whether
// the value brought a piece of the answer: text, reasoning, a refusal, audio or a part of a tool call; a role, a finish
// reason or usage is none.
type Fold func(name []byte, r *jsonscan.Reader) (piece bool)

// IsEventStream tells whether an answer comes as Server-Sent Events. The body decides where there is one, because some
// servers give a stream the wrong media type, and plain errors that of a stream.
func IsEventStream(x *exchange.Exchange) bool {
	body := bytes.TrimLeft(x.Response.Body, "\ufeff \t\r\n")
	if len(body) == 0 {
		return x.Response.HasMediaType("text/event-stream")
	}
	for _, field := range [][]byte{[]byte("data:"), []byte("event:"), []byte("id:"), []byte("retry:"), []byte(":")} {
		if bytes.HasPrefix(body, field) {
			return true
		}
	}
	return body[0] != '{' && x.Response.HasMediaType("text/event-stream")
}

// Gather folds an answer: the events of a stream by event, anything else by whole.
func (a *Answer) Gather(x *exchange.Exchange, call *genai.Call, event, whole Fold) {
	if call.Stream = IsEventStream(x); call.Stream {
		a.Events(x, call, event, whole)
	} else {
		a.Whole(x, call, whole)
	}
}

// Whole folds an answer that is one JSON value. It sets Ended if that is all there.
func (a *Answer) Whole(x *exchange.Exchange, call *genai.Call, fold Fold) {
	a.errorStatus = x.Status >= 400
	if len(x.Response.Body) == 0 {
		if x.Response.Size == 0 {
			a.failAsText(x)
		}
		a.Ended = x.End == exchange.Completed
		return
	}
	if len(x.Marks) > 0 {
		call.TimeToFirstChunk = x.Marks[0].At
	}
	// Clients read past a byte order mark.
	a.reader = jsonscan.New(bytes.TrimPrefix(x.Response.Body, []byte("\ufeff")))
	switch kind := a.reader.Kind(); {
	case a.errorStatus && kind == jsonscan.Array: // Gemini gives errors in a list
		for range a.reader.Array {
			fold(nil, &a.reader)
		}
	case kind != jsonscan.Array && kind != jsonscan.Object:
		a.failAsText(x)
		fold(nil, &a.reader)
	default:
		fold(nil, &a.reader)
	}
	a.foldEnd(x, fold)
	err := a.reader.Err()
	half := err == jsonscan.ErrCut && !x.Response.Truncated // however well its framing ended
	a.Ended = err == nil || x.End == exchange.Completed && !half
}

// failAsText takes an answer that is no JSON as the error that it is to clients: the words of a server, under the status 200 too,
// the page of something on the way, or nothing at all.
func (a *Answer) failAsText(x *exchange.Exchange) {
	if !x.Response.Truncated && x.End == exchange.Completed {
		a.Failed, a.Failure = true, apierror.OfText(x.Response.Body)
	}
}

// done is the event with which OpenAI's older APIs end a stream.
const done = "[DONE]"

// Events folds the events of a stream. It sets call.Detail.Done when [DONE] came; what else ends a stream, fold knows and sets
// Ended. end folds the last members of an answer's object, where no more is known of the last event.
func (a *Answer) Events(x *exchange.Exchange, call *genai.Call, fold, end Fold) {
	s := a.stream(x, call)
	s.read(x.Response.Body, 0, fold)
	a.gap = len(x.Response.Tail) > 0
	a.foldEnd(x, end) // the last event may be longer than the tail
	if tail := afterEvent(x.Response.Tail); len(tail) > 0 {
		s.copied = true
		s.read(tail, x.Response.Size-int64(len(tail)), fold)
	}
}

// stream is the state of reading a stream of events.
type stream struct {
	*Answer
	call  *genai.Call
	clock arrivals
	// copied tells that what is read ends where all that came does.
	copied bool
}

// stream begins to read one.
func (a *Answer) stream(x *exchange.Exchange, call *genai.Call) stream {
	a.errorStatus = x.Status >= 400
	return stream{Answer: a, call: call, clock: arrivals{marks: x.Marks}, copied: !x.Response.Truncated}
}

// brokeOff tells whether the stream ended within its last value, which then is none to the client either: a count or a
// reason may be half of what it was.
func (s *stream) brokeOff(value []byte) bool {
	r := jsonscan.New(value)
	r.Skip()
	return s.copied && r.Err() == jsonscan.ErrCut
}

// read reads the events of a part of the stream that begins at an offset.
func (s *stream) read(part []byte, offset int64, fold Fold) {
	events := sse.NewScanner(part, sse.EventBytesMax)
	for event, err := events.Next(); err != io.EOF; event, err = events.Next() {
		if err == sse.ErrTooLong {
			s.Cut = true
			continue
		}
		s.event(&event, offset, fold)
	}
	s.call.Detail.Flaws.AddIf(events.Comments > 0, genai.FlawComments)
}

// event takes an event in.
func (s *stream) event(event *sse.Event, offset int64, fold Fold) {
	d := s.call.Detail
	data := bytes.TrimSpace(event.Data)
	if event.Tail && (s.brokeOff(data) || isHalfDone(data)) {
		return
	}
	if len(data) == 0 {
		d.Flaws.Add(genai.FlawEmptyEvent)
		return
	}
	if event.Copied {
		data = bytes.Clone(data) // what is kept of an event is compared with the next ones
	}
	d.Flaws.AddIf(d.Done, genai.FlawAfterEnd)
	if string(data) == done {
		d.Done = true
		return
	}
	s.value(event.Name, data, offset+event.End, event.Tail, fold)
	d.Flaws.AddIf(s.reader.Err() == nil && len(s.reader.Rest()) > 0, genai.FlawSeveralJSON)
}

// isHalfDone tells whether a stream ends, or its copy does, within its last event.
func isHalfDone(data []byte) bool {
	return len(data) > 0 && len(data) < len(done) && bytes.HasPrefix([]byte(done), data)
}

// value takes in the JSON of an event or line that was complete at an offset. tail tells that the stream ends in it.
func (s *stream) value(name, data []byte, end int64, tail bool, fold Fold) {
	s.reader = jsonscan.New(data)
	if fold(name, &s.reader) {
		s.clock.piece(end, s.call)
	}
	if err := s.reader.Err(); err != nil && !(tail && err == jsonscan.ErrCut) {
		s.call.Detail.InvalidEvents++
	}
}

// arrivals tells when the pieces of an answer came.
type arrivals struct {
	marks []exchange.Mark
	last  time.Duration
}

// piece notes a piece of the answer that was complete at the offset given.
func (a *arrivals) piece(end int64, call *genai.Call) {
	for len(a.marks) > 1 && a.marks[0].Offset < end {
		a.marks = a.marks[1:]
	}
	call.Chunks++
	if len(a.marks) == 0 {
		return
	}
	at := a.marks[0].At
	if call.Chunks == 1 {
		call.TimeToFirstChunk = at
	} else {
		call.MaxGap = max(call.MaxGap, at-a.last)
	}
	a.last = at
}
