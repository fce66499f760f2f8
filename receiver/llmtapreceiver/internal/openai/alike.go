package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// alike is what a chunk of a stream has in common with the next one if they differ in nothing but a piece of text, as
// most do: all that stands around it. Such a chunk need not be read again.
type alike struct {
	before, after []byte
	text          *[]byte // of the chunk; nil when there is nothing to go by
}

// learn, of an alike that knows nothing, takes what stands around the text of a chunk that was read from data, if it has one
// text and no more. Other strings with escapes would lie in the memory that the next text needs.
func (a *alike) learn(data []byte, c *chunk) {
	if len(c.deltas) != 1 || c.deltas[0].whole {
		return
	}
	d := &c.deltas[0]
	at, text := d.contentAt, &d.content
	if d.oldField {
		at, text = d.reasoningAt, &d.reasoning
	}
	if at == 0 || len(d.content) > 0 == (len(d.reasoning) > 0) {
		return
	}
	before, after := data[:at], data[stringEnd(data, at):]
	if bytes.IndexByte(before, '\\') < 0 && bytes.IndexByte(after, '\\') < 0 {
		a.before, a.after, a.text = before, after, text
	}
}

// next puts the text of the next chunk into the one that was read before, if they are alike. A text that has escapes
// goes into space.
func (a *alike) next(data []byte, space *[]byte) bool {
	at, end := len(a.before), len(data)-len(a.after)
	if a.text == nil || end <= at || !bytes.HasPrefix(data, a.before) || !bytes.HasSuffix(data, a.after) {
		return false
	}
	text := data[at:end]
	if bytes.IndexByte(text, '\\') >= 0 {
		if stringEnd(data, at) != end {
			return false
		}
		*space = jsonscan.AppendUnescaped((*space)[:0], text)
		text = *space
	} else if bytes.IndexByte(text, '"') >= 0 {
		return false
	}
	*a.text = text
	return true
}

// stringEnd gives where the string that begins at a position ends, its closing quote excluded.
func stringEnd(data []byte, at int) int {
	r := jsonscan.New(data[at-len(`"`):])
	inside, _ := r.Inside()
	return at + len(inside)
}
