package sse

import "bytes"

// LineEnds finds where the lines of a text end: at LF, CRLF or CR. The next LF and the next CR are looked up only when
// passed, so that a text without one of them is not searched anew for every line.
type LineEnds struct {
	text   []byte
	lf, cr int // the next ones, or len(text)
}

// LineEndsOf makes LineEnds of a text, which must not change.
func LineEndsOf(text []byte) LineEnds { return LineEnds{text: text, lf: -1, cr: -1} }

// From gives the position of the first line end from at on, or the text's length. at must not be less than before.
func (e *LineEnds) From(at int) int {
	if at < len(e.text) && e.text[at] == '\n' { // of the empty line that ends an event
		return at
	}
	if e.lf < at {
		e.lf = e.next(at, '\n')
	}
	if e.cr < at {
		e.cr = e.next(at, '\r')
	}
	return min(e.lf, e.cr)
}

func (e *LineEnds) next(at int, c byte) int {
	i := bytes.IndexByte(e.text[at:], c)
	if i < 0 {
		return len(e.text)
	}
	return at + i
}
