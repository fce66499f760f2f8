// Package sse reads Server-Sent Events as the HTML standard defines them (section 9.2.6, "Interpreting an event
// stream"), from pieces cut anywhere, with fixed memory.
package sse

import (
	"bytes"
	"errors"
)

// EventBytesMax is the usual limit of an event's data.
const EventBytesMax = 8 << 20

// Errors of Next.
var (
	// ErrMore tells that what was fed so far holds no further event.
	ErrMore = errors.New("no further event yet")
	// ErrTooLong tells that an event passed the limit and was left out. Reading goes on after it.
	ErrTooLong = errors.New("event over the limit")
)

// Event is one event that has data. Its slices are valid until the next call of a Scanner's method; they share memory
// with the piece that was fed where the event lies in one.
type Event struct {
	Name []byte
	// Data is the event's data lines, joined by line feeds.
	Data []byte
	// Copied tells that Data lies in memory of the Scanner's own, which the next event may take.
	Copied bool
	// End is the offset in the stream at which the event was complete. Of a CRLF there it counts the CR.
	End int64
}

// Scanner cuts a stream into events.
type Scanner struct {
	eventBytesMax int
	// Comments counts comment lines.
	Comments int

	piece []byte   // what was fed and not read
	ends  LineEnds // of piece
	at    int
	base  int64 // offset in the stream of piece[0]

	line    []byte // the beginning of a line that an earlier piece ended in
	inLine  bool
	skipLF  bool // the line before ended in CR: a LF that follows belongs to it
	started bool // the byte order mark, if any, is behind
	event   pending
}

// pending is an event of which not all lines are there.
type pending struct {
	name    []byte
	data    []byte
	hasData bool
	shared  bool // data lies in the piece or in Scanner.line
	tooLong bool
	buffer  []byte
	nameBuf []byte
}

// NewScanner makes a Scanner that leaves out events with more than eventBytesMax bytes in a line or in all data lines.
// It never holds more than twice as much.
func NewScanner(eventBytesMax int) *Scanner { return &Scanner{eventBytesMax: eventBytesMax} }

// Feed gives the next piece of the stream, when Next has said ErrMore. The piece must stay unchanged until then again.
func (s *Scanner) Feed(piece []byte) {
	s.base += int64(len(s.piece))
	s.piece, s.at = piece, 0
	s.ends = LineEndsOf(piece)
}

// Next gives the next event, or ErrMore, or once per event ErrTooLong.
func (s *Scanner) Next() (Event, error) {
	for {
		line, ok := s.nextLine()
		if !ok {
			s.event.keep()
			return Event{}, ErrMore
		}
		if len(line) > 0 {
			s.field(line)
			continue
		}
		if event, ok, err := s.dispatch(); ok {
			return event, err
		}
	}
}

// Tail gives the event that the stream's end cut off, if there is one: its last line or the empty line after it may be
// missing. The standard drops it; servers that forget the last line feed exist.
func (s *Scanner) Tail() (Event, error) {
	if s.inLine {
		if line := s.takeLine(); len(line) > 0 {
			s.field(line)
		}
	}
	if event, ok, err := s.dispatch(); ok {
		return event, err
	}
	return Event{}, ErrMore
}

// nextLine gives the next whole line without its end.
func (s *Scanner) nextLine() ([]byte, bool) {
	if s.skipLF && s.at < len(s.piece) {
		s.skipLF = false
		if s.piece[s.at] == '\n' {
			s.at++
		}
	}
	end := s.ends.From(s.at)
	part := s.piece[s.at:end]
	if end == len(s.piece) {
		s.keepLine(part)
		s.at = end
		return nil, false
	}
	s.skipLF = s.piece[end] == '\r'
	s.at = end + 1
	if !s.inLine {
		return s.withoutMark(part), true
	}
	s.keepLine(part)
	return s.takeLine(), true
}

// takeLine ends the line that was kept. It is valid until the next line is kept.
func (s *Scanner) takeLine() []byte {
	line := s.line
	s.line, s.inLine = s.line[:0], false
	return s.withoutMark(line)
}

// lineSlack is room for the field's name and a byte order mark in front of a line's value.
const lineSlack = len("\ufeffevent: ")

// keepLine copies the part of a line that ends with the piece. Over the limit the line is only marked.
func (s *Scanner) keepLine(part []byte) {
	if len(part) == 0 {
		return
	}
	s.event.keep()
	s.inLine = true
	if room := s.eventBytesMax + lineSlack + 1 - len(s.line); len(part) > room {
		part = part[:room]
	}
	s.line = append(s.line, part...)
}

func (s *Scanner) withoutMark(line []byte) []byte {
	if s.started {
		return line
	}
	s.started = true
	return bytes.TrimPrefix(line, []byte("\ufeff"))
}

// field takes a line that is not empty into the pending event.
func (s *Scanner) field(line []byte) {
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
		s.data(value)
	case "error": // no field of the standard: llama.cpp and its kin used to tell errors so
		if len(value) > 0 && value[0] == '{' {
			s.event.nameBuf = append(s.event.nameBuf[:0], name...)
			s.event.name = s.event.nameBuf
			s.data(value)
		}
	case "event":
		if len(value) > s.eventBytesMax {
			s.event.tooLong = true
			return
		}
		s.event.nameBuf = append(s.event.nameBuf[:0], value...)
		s.event.name = s.event.nameBuf
	}
}

// data adds a data line. The first is shared with the piece; only a second one makes a copy necessary.
func (s *Scanner) data(value []byte) {
	e := &s.event
	if e.tooLong || len(value) > s.eventBytesMax || e.hasData && len(e.data)+1+len(value) > s.eventBytesMax {
		e.tooLong, e.data, e.hasData, e.shared = true, nil, true, false
		return
	}
	if !e.hasData {
		e.data, e.hasData, e.shared = value, true, true
		return
	}
	e.keep()
	e.buffer = append(append(e.buffer, '\n'), value...)
	e.data = e.buffer
}

// keep copies data that lies in the piece before the piece or the line goes.
func (e *pending) keep() {
	if e.shared {
		e.buffer = append(e.buffer[:0], e.data...)
		e.data, e.shared = e.buffer, false
	}
}

// dispatch ends the pending event; it is not ok when that has no data.
func (s *Scanner) dispatch() (event Event, ok bool, err error) {
	e := &s.event
	event = Event{Name: e.name, Data: e.data, Copied: !e.shared, End: s.base + int64(s.at)}
	if ok = e.hasData; e.tooLong {
		event, ok, err = Event{End: event.End}, true, ErrTooLong
	}
	e.name, e.data, e.hasData, e.shared, e.tooLong = nil, nil, false, false, false
	e.buffer = e.buffer[:0]
	return event, ok, err
}
