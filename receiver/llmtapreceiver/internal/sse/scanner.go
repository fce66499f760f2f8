// Package sse reads Server-Sent Events as the HTML standard defines them (section 9.2.6, "Interpreting an event
// stream").
package sse

import (
	"bytes"
	"errors"
	"io"
)

// EventBytesMax is the usual limit of an event's data.
const EventBytesMax = 8 << 20

// ErrTooLong tells that an event passed the limit and was left out. Reading goes on after it.
var ErrTooLong = errors.New("event over the limit")

// Event is one event that has data. Its slices share memory with the stream.
type Event struct {
	Name []byte
	// Data is the event's data lines, joined by line feeds.
	Data []byte
	// Copied tells that Data lies in memory of the Scanner's own, which the next event may take.
	Copied bool
	// Tail tells that the stream ends in the event: its last line or the empty line after it may be missing. The standard
	// drops such an event; servers that forget the last line feed exist.
	Tail bool
	// End is the offset in the stream at which the event was complete. Of a CRLF there it counts the CR.
	End int64

	begun   bool // it has data, or is too long
	tooLong bool
}

// Scanner cuts a stream into events.
type Scanner struct {
	// Comments counts comment lines.
	Comments int

	eventBytesMax int
	stream        []byte
	ends          LineEnds
	at            int
	joined        []byte // memory for data of several lines
}

// NewScanner makes a Scanner of a stream, which must not change. It leaves out events with more than eventBytesMax bytes in a
// name or in all data lines.
func NewScanner(stream []byte, eventBytesMax int) *Scanner {
	s := &Scanner{eventBytesMax: eventBytesMax, stream: stream, ends: LineEndsOf(stream)}
	if mark := []byte("\ufeff"); bytes.HasPrefix(stream, mark) {
		s.at = len(mark)
	}
	return s
}

// Next gives the next event, or once per event ErrTooLong, or io.EOF.
func (s *Scanner) Next() (Event, error) {
	var e Event
	for {
		line, whole := s.line()
		if len(line) > 0 {
			s.field(&e, line)
			if whole {
				continue
			}
		}
		switch {
		case e.tooLong:
			return Event{}, ErrTooLong
		case e.begun:
			e.Tail, e.End = !whole, int64(s.at)
			return e, nil
		case !whole:
			return Event{}, io.EOF
		}
		e = Event{} // which had a name alone
	}
}

// line gives the next line without its end; one that the stream ends in is not whole.
func (s *Scanner) line() (line []byte, whole bool) {
	if s.at > 0 && s.stream[s.at-1] == '\r' && bytes.HasPrefix(s.stream[s.at:], []byte{'\n'}) {
		s.at++
	}
	end := s.ends.From(s.at)
	line, whole = s.stream[s.at:end], end < len(s.stream)
	s.at = min(end+1, len(s.stream))
	return line, whole
}

// field takes a line that is not empty into an event.
func (s *Scanner) field(e *Event, line []byte) {
	if line[0] == ':' {
		s.Comments++
		return
	}
	name, value, _ := bytes.Cut(line, []byte{':'})
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "data":
		s.data(e, value)
	case "error": // no field of the standard: llama.cpp and its kin used to tell errors so
		if len(value) > 0 && value[0] == '{' {
			e.Name = name
			s.data(e, value)
		}
	case "event":
		e.Name = value
		if len(value) > s.eventBytesMax {
			e.begun, e.tooLong = true, true
		}
	}
}

// data adds a data line. The first is shared with the stream; only a second one makes a copy necessary.
func (s *Scanner) data(e *Event, value []byte) {
	switch {
	case e.tooLong || len(value) > s.eventBytesMax || e.begun && len(e.Data)+1+len(value) > s.eventBytesMax:
		e.tooLong = true
	case !e.begun:
		e.Data = value
	default:
		if !e.Copied {
			s.joined = append(s.joined[:0], e.Data...)
		}
		s.joined = append(append(s.joined, '\n'), value...)
		e.Data, e.Copied = s.joined, true
	}
	e.begun = true
}
