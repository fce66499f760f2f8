package exchange

import "bytes"

// Header is a block of header field lines as sent on the wire, without the first line of the message.
// It may hold secrets: who reads it decides what may be kept.
type Header []byte

// Get gives the value of the first field of that name, in any case; "" when there is none.
func (h Header) Get(name string) string {
	for rest := []byte(h); len(rest) > len(name); {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		if end > len(name) && rest[len(name)] == ':' && isName(rest[:len(name)], name) {
			return string(bytes.TrimSpace(rest[len(name)+1 : end]))
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return ""
}

// isName compares names of the same length without regard to the case of ASCII letters, which is all that names have.
func isName(field []byte, name string) bool {
	for i, c := range field {
		if lower(c) != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Lines visits the fields in order of arrival. They share memory with the block.
func (h Header) Lines(yield func(name, value []byte) bool) {
	rest := []byte(h)
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		line := rest[:end]
		rest = rest[min(end+1, len(rest)):]
		colon := bytes.IndexByte(line, ':')
		if colon >= 0 && !yield(line[:colon], trim(line[colon+1:])) {
			return
		}
	}
}

// trim takes off the white space that may stand around a value (RFC 9110, section 5.6.3), and the line's end.
func trim(value []byte) []byte {
	for len(value) > 0 && value[0] <= ' ' {
		value = value[1:]
	}
	for len(value) > 0 && value[len(value)-1] <= ' ' {
		value = value[:len(value)-1]
	}
	return value
}
