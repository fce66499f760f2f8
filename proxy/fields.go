package proxy

import (
	"bytes"
	"errors"
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
)

var (
	errLineBreak = errors.New("header line not ended by CRLF")
	errFolded    = errors.New("folded header line")
)

func isField(name []byte, want string) bool {
	return len(name) == len(want) && name[0]|0x20 == want[0]|0x20 && strings.EqualFold(string(name), want)
}

// fieldLines gives name and value, white space included, of each line of a header block that checkLines has passed.
func fieldLines(block []byte) func(yield func(name, value []byte) bool) {
	return func(yield func(name, value []byte) bool) {
		for len(block) > 0 {
			end := bytes.IndexByte(block, '\n')
			if end < 1 {
				return
			}
			line := block[:end-1]
			block = block[end+1:]
			if colon := bytes.IndexByte(line, ':'); colon > 0 && !yield(line[:colon], line[colon+1:]) {
				return
			}
		}
	}
}

// checkLines refuses what servers read in different ways: bare line feeds and carriage returns, folded lines, zeros.
func checkLines(block []byte) error {
	if bytes.IndexByte(block, 0) >= 0 {
		return errLineBreak
	}
	for len(block) > 0 {
		end := bytes.IndexByte(block, '\n')
		if end < 1 || bytes.IndexByte(block[:end], '\r') != end-1 {
			return errLineBreak
		}
		if block[0] == ' ' || block[0] == '\t' {
			return errFolded
		}
		block = block[end+1:]
	}
	return nil
}

// headerOf gives the field lines of an answer's head, without its status line.
func headerOf(head []byte) exchange.Header {
	_, lines, _ := bytes.Cut(head, []byte{'\n'})
	return lines
}

// hasToken finds an element of a comma-separated list (RFC 9110, section 5.6.1).
func hasToken(list []byte, want string) bool {
	for element := range bytes.SplitSeq(list, []byte{','}) {
		if bytes.EqualFold(bytes.TrimSpace(element), []byte(want)) {
			return true
		}
	}
	return false
}

// hasEmptyLine tells whether b has an empty line, which ends a head.
func hasEmptyLine(b []byte) bool {
	return bytes.Contains(b, []byte("\n\r\n")) || bytes.Contains(b, []byte("\n\n"))
}
