package exchange

import (
	"bytes"
	"math/bits"
)

// Fields are the fields of a Header, for a reader that asks for several. They share memory with it.
type Fields struct {
	list []field
	// byLength has a bit for each of the first fields, under the length of its name.
	byLength [namesIndexed]uint64
}

type field struct{ name, value []byte }

// namesIndexed is from which length on names are looked for in the whole list.
const namesIndexed = 64

// Cut cuts a header into its fields, in the memory of those before.
func (f *Fields) Cut(h Header) {
	f.list, f.byLength = f.list[:0], [namesIndexed]uint64{}
	for name, value := range h.Lines {
		if n := len(f.list); len(name) < namesIndexed && n < 64 {
			f.byLength[len(name)] |= 1 << n
		}
		f.list = append(f.list, field{name, value})
	}
}

// Get gives the value of the first field of that name, in any case, without white space around it; nil when there is
// none.
func (f *Fields) Get(name string) []byte {
	from := 0
	if len(name) < namesIndexed {
		for left := f.byLength[len(name)]; left != 0; left &= left - 1 {
			if at := &f.list[bits.TrailingZeros64(left)]; isName(at.name, name) {
				return at.value
			}
		}
		from = 64
	}
	for i := from; i < len(f.list); i++ {
		if len(f.list[i].name) == len(name) && isName(f.list[i].name, name) {
			return f.list[i].value
		}
	}
	return nil
}

// Index cuts the message's header into fields, which Get then asks. Without it the first Get does so.
func (m *Message) Index(fields *Fields) {
	fields.Cut(m.Header)
	m.fields = fields
}

// Unindex undoes Index, and empties the fields, whose memory may then serve another header.
func (m *Message) Unindex() {
	if m.fields != nil {
		clear(m.fields.list)
		m.fields.Cut(nil)
		m.fields = nil
	}
}

// Get gives the value of the first header field of that name, in any case; nil when there is none.
func (m *Message) Get(name string) []byte {
	if m.fields == nil {
		m.Index(new(Fields))
	}
	return m.fields.Get(name)
}

// HasMediaType tells whether the message's Content-Type is this media type, with any parameters.
func (m *Message) HasMediaType(mediaType string) bool {
	value, _, _ := bytes.Cut(m.Get("content-type"), []byte{';'})
	value = bytes.TrimSpace(value)
	return len(value) == len(mediaType) && isName(value, mediaType)
}
