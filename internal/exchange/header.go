package exchange

import (
	"bytes"
	"iter"
	"strings"
)

// Header is a block of header field lines as sent on the wire, without the first line of the message.
// It may hold secrets: who reads it decides what may be kept.
type Header []byte

// Get gives the value of the first field of that name, in any case; "" when there is none.
func (h Header) Get(name string) string {
	for field, value := range h.lines {
		if len(field) == len(name) && strings.EqualFold(string(field), name) {
			return string(value)
		}
	}
	return ""
}

// HasMediaType tells whether the block's Content-Type is this media type, with any parameters.
func (h Header) HasMediaType(mediaType string) bool {
	value, _, _ := strings.Cut(h.Get("content-type"), ";")
	return strings.EqualFold(strings.TrimSpace(value), mediaType)
}

// All gives the fields in order of arrival.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for name, value := range h.lines {
			if !yield(string(name), string(value)) {
				return
			}
		}
	}
}

func (h Header) lines(yield func(name, value []byte) bool) {
	rest := []byte(h)
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		name, value, ok := bytes.Cut(line, []byte{':'})
		if ok && !yield(name, bytes.TrimSpace(value)) {
			return
		}
	}
}
