package jsonscan

import (
	"bytes"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

var (
	utf16BE = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	utf16LE = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf32BE = utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	utf32LE = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
)

// marked are the encodings by their byte order mark, that of UTF-8 nil. That of UTF-16 may be the beginning of another.
var marked = []struct {
	mark     string
	encoding encoding.Encoding
}{
	{"\xef\xbb\xbf", nil},
	{"\x00\x00\xfe\xff", utf32BE},
	{"\xff\xfe\x00\x00", utf32LE},
	{"\xfe\xff", utf16BE},
	{"\xff\xfe", utf16LE},
}

// InUTF8 gives a JSON text in UTF-8 and without a byte order mark. Servers in Python read any encoding of Unicode and tell it as is done
// here (json.detect_encoding of its library), llama.cpp reads past the mark of UTF-8. A text that is in UTF-8 is not copied.
func InUTF8(text []byte) []byte {
	text, from := encodingOf(text)
	if from == nil {
		return text
	}
	decoded, err := from.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return bytes.TrimSuffix(decoded, []byte("\ufffd")) // which stands for a character that the text's end cuts
}

// encodingOf gives the encoding of a text, nil for UTF-8, and the text without its mark. Without one it is told by the zeros among the first four
// bytes: JSON begins with ASCII.
func encodingOf(text []byte) ([]byte, encoding.Encoding) {
	for _, m := range marked {
		if rest, found := bytes.CutPrefix(text, []byte(m.mark)); found {
			return rest, m.encoding
		}
	}
	if len(text) < 4 {
		return text, nil
	}
	switch a, b, c, d := text[0] != 0, text[1] != 0, text[2] != 0, text[3] != 0; {
	case !a && !b && !c && d:
		return text, utf32BE
	case !a && b:
		return text, utf16BE
	case a && !b && !c && !d:
		return text, utf32LE
	case a && !b:
		return text, utf16LE
	}
	return text, nil
}
