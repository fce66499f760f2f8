package jsonscan

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text reads a string. The slice shares memory with the input where the string has no escapes. A string that the
// input's end cuts gives what there is of it.
func (r *Reader) Text() []byte {
	if r.Kind() != String {
		r.Skip()
		return nil
	}
	return r.text()
}

// Whole reads a string like Text, but gives nothing of one that the input's end cuts: half a name is another one.
func (r *Reader) Whole() []byte {
	if text := r.Text(); r.err == nil {
		return text
	}
	return nil
}

// Inside reads a string and gives what stands between its quotes, escapes and all, and how many backslashes are in it.
func (r *Reader) Inside() (inside []byte, slashes int) {
	if r.Kind() != String {
		r.Skip()
		return nil, 0
	}
	inside, slashes = r.quoted()
	r.space()
	return inside, slashes
}

// String reads a string into memory of its own.
func (r *Reader) String() string { return string(r.Text()) }

// AppendText appends a string to dst.
func (r *Reader) AppendText(dst []byte) []byte {
	if r.Kind() != String {
		r.Skip()
		return dst
	}
	inside, _ := r.quoted()
	r.space()
	return AppendUnescaped(slices.Grow(dst, len(inside)), inside)
}

func (r *Reader) text() []byte {
	inside, slashes := r.quoted()
	r.space()
	if slashes == 0 {
		return slices.Clip(inside) // what is appended to it must not overwrite the input
	}
	if r.texts == nil {
		return AppendUnescaped(make([]byte, 0, len(inside)), inside)
	}
	from := len(*r.texts)
	*r.texts = AppendUnescaped(*r.texts, inside)
	return (*r.texts)[from:len(*r.texts):len(*r.texts)]
}

// Int reads a whole number; a fraction, a number outside of int64 or any other kind is not ok. 3.0 and 3e2 are whole.
func (r *Reader) Int() (n int64, ok bool) {
	if r.Kind() != Number {
		r.Skip()
		return 0, false
	}
	if n, ok := r.digits(); ok {
		return n, true
	}
	word := r.number()
	n, err := strconv.ParseInt(string(word), 10, 64)
	if err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(word), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Index reads a place in a list; otherwise stands for what can be none.
func (r *Reader) Index(otherwise int) int {
	if n, ok := r.Int(); ok && n >= 0 && n <= math.MaxInt32 {
		return int(n)
	}
	return otherwise
}

// digitsMax is how many decimal digits fit an int64 whatever they are.
const digitsMax = 18

// digits reads a number as counts mostly are, without sign, fraction or exponent. It reads nothing of others.
func (r *Reader) digits() (n int64, ok bool) {
	at := r.at
	for ; at < len(r.in) && r.in[at]-'0' <= 9; at++ {
		n = n*10 + int64(r.in[at]-'0')
	}
	if at == r.at || at-r.at > digitsMax || at == len(r.in) || wordByte[r.in[at]] {
		return 0, false
	}
	r.at = at
	r.space()
	return n, true
}

// Float reads a number, which has to be finite.
func (r *Reader) Float() (f float64, ok bool) {
	if r.Kind() != Number {
		r.Skip()
		return 0, false
	}
	f, err := strconv.ParseFloat(string(r.number()), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}

// number reads a number. A member or element at the input's end is nothing: more digits may have been cut off.
func (r *Reader) number() []byte {
	before := r.in[:r.at]
	word := r.word()
	if r.at == len(r.in) && len(bytes.TrimSpace(before)) > 0 {
		r.fail(ErrCut)
		return nil
	}
	r.space()
	return word
}

// Bool reads true or false.
func (r *Reader) Bool() (value, ok bool) {
	if r.Kind() != Bool {
		r.Skip()
		return false, false
	}
	word := r.literal()
	r.space()
	return string(word) == "true", word != nil
}

// True reads a value and tells whether it is true.
func (r *Reader) True() bool {
	value, _ := r.Bool()
	return value
}

// False reads a value and tells whether it is false.
func (r *Reader) False() bool {
	value, ok := r.Bool()
	return ok && !value
}

// AppendUnescaped appends what stands between the quotes of a string, with its escapes resolved. A wrong escape stays as it
// is, a lone surrogate becomes U+FFFD, other bytes are taken over, valid UTF-8 or not.
func AppendUnescaped(dst, inside []byte) []byte {
	for {
		i := bytes.IndexByte(inside, '\\')
		if i < 0 || i+1 == len(inside) {
			return append(dst, inside...)
		}
		dst = append(dst, inside[:i]...)
		c := inside[i+1]
		switch plain := unescaped[c]; {
		case plain != 0:
			dst = append(dst, plain)
			inside = inside[i+2:]
		case c == 'u' && i+6 <= len(inside):
			char, used := hexRune(inside[i:])
			if used == 0 {
				dst, used = append(dst, inside[i:i+2]...), 2
			} else {
				dst = utf8.AppendRune(dst, char)
			}
			inside = inside[i+used:]
		default:
			dst = append(dst, inside[i:i+2]...)
			inside = inside[i+2:]
		}
	}
}

var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// hexRune reads \uXXXX, or a surrogate pair of them, and tells how many bytes it took; 0 when it is none.
func hexRune(in []byte) (char rune, used int) {
	high, ok := hex4(in)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(high) {
		return high, 6
	}
	if low, ok := hex4(in[6:]); ok {
		if pair := utf16.DecodeRune(high, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(in []byte) (char rune, ok bool) {
	if len(in) < 6 || in[0] != '\\' || in[1] != 'u' {
		return 0, false
	}
	for _, c := range in[2:6] {
		switch {
		case c-'0' <= 9:
			char = char<<4 | rune(c-'0')
		case c|0x20-'a' <= 5:
			char = char<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return char, true
}

// NameBytesMax bounds model names, ids, tool names and the like; what is longer is cut.
const NameBytesMax = 512

// Name reads a string that goes into a span: valid UTF-8 of at most NameBytesMax bytes.
func (r *Reader) Name() string { return Name(r.Whole()) }

// Name makes a string that may go into a span.
func Name(text []byte) string { return ValidUTF8(text[:min(len(text), NameBytesMax)]) }

// ValidUTF8 makes a string with U+FFFD in place of what is no UTF-8.
func ValidUTF8(text []byte) string {
	if utf8.Valid(text) { // many times faster than the replacement, which seldom is needed
		return string(text)
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
