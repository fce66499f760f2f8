package exchange

import "bytes"

// Fields are the fields of a Header, for a reader that asks for several. They share memory with it.
type Fields []Field

// Field is a header field. Its value has no white space around it.
type Field struct{ Name, Value []byte }

// AppendFields appends the header's fields in order of arrival.
func (h Header) AppendFields(dst Fields) Fields {
	for name, value := range h.Lines {
		dst = append(dst, Field{name, value})
	}
	return dst
}

// Get gives the value of the first field of that name, in any case; nil when there is none.
func (f Fields) Get(name string) []byte {
	for i := range f {
		if len(f[i].Name) == len(name) && isName(f[i].Name, name) {
			return f[i].Value
		}
	}
	return nil
}

// Index cuts the message's header into fields, into space. Without it the first Get does so.
func (m *Message) Index(space Fields) Fields {
	m.fields = m.Header.AppendFields(append(space[:0], Field{})[:0])
	return m.fields
}

// Get gives the value of the first header field of that name, in any case; nil when there is none.
func (m *Message) Get(name string) []byte {
	if m.fields == nil {
		m.Index(nil)
	}
	return m.fields.Get(name)
}

// HasMediaType tells whether the message's Content-Type is this media type, with any parameters.
func (m *Message) HasMediaType(mediaType string) bool {
	value, _, _ := bytes.Cut(m.Get("content-type"), []byte{';'})
	value = bytes.TrimSpace(value)
	return len(value) == len(mediaType) && isName(value, mediaType)
}
