package jsonscan

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is one of Unicode by what a text in it begins with.
type encoding struct {
	mark  string
	size  int // bytes of a unit
	order binary.ByteOrder
}

// marked are the encodings by their byte order mark. That of UTF-16 may be the beginning of another.
var marked = []encoding{
	{"\xef\xbb\xbf", 1, nil},
	{"\x00\x00\xfe\xff", 4, binary.BigEndian},
	{"\xff\xfe\x00\x00", 4, binary.LittleEndian},
	{"\xfe\xff", 2, binary.BigEndian},
	{"\xff\xfe", 2, binary.LittleEndian},
}

// InUTF8 gives a JSON text in UTF-8 and without a byte order mark. Servers in Python read any encoding of Unicode and tell it as is done
// here (json.detect_encoding of its library), llama.cpp reads past the mark of UTF-8. A text that is in UTF-8 is not copied.
func InUTF8(text []byte) []byte {
	e := encodingOf(text)
	text = text[len(e.mark):]
	if e.size == 1 {
		return text
	}
	out := make([]byte, 0, len(text)/e.size)
	for len(text) >= e.size {
		c := e.unit(text)
		text = text[e.size:]
		if e.size == 2 && len(text) >= 2 && utf16.IsSurrogate(c) {
			if pair := utf16.DecodeRune(c, e.unit(text)); pair != utf8.RuneError {
				c, text = pair, text[2:]
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}

func (e *encoding) unit(text []byte) rune {
	if e.size == 2 {
		return rune(e.order.Uint16(text))
	}
	return rune(e.order.Uint32(text))
}

// encodingOf tells an encoding without a mark by the zeros among the first four bytes: JSON begins with ASCII.
func encodingOf(text []byte) encoding {
	for _, e := range marked {
		if bytes.HasPrefix(text, []byte(e.mark)) {
			return e
		}
	}
	if len(text) < 4 {
		return encoding{size: 1}
	}
	switch a, b, c, d := text[0] != 0, text[1] != 0, text[2] != 0, text[3] != 0; {
	case !a && !b && !c && d:
		return encoding{size: 4, order: binary.BigEndian}
	case !a && b:
		return encoding{size: 2, order: binary.BigEndian}
	case a && !b && !c && !d:
		return encoding{size: 4, order: binary.LittleEndian}
	case a && !b:
		return encoding{size: 2, order: binary.LittleEndian}
	}
	return encoding{size: 1}
}
