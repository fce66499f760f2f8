package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Raw consumes a value and gives its bytes; nil when there is none or it is cut.
func (r *Reader) Raw() []byte {
	start := r.at
	end := r.skip()
	if r.err != nil {
		return nil
	}
	return r.in[start:end]
}

// TextOrRaw reads the text that a string is, or the bytes of any other value; null is not ok. isText tells which of both it
// was: some servers send JSON itself where the format wants a string of it, or the reverse.
func (r *Reader) TextOrRaw() (value []byte, isText, ok bool) {
	switch r.Kind() {
	case String:
		return r.Text(), true, true
	case Null:
		r.Skip()
		return nil, false, false
	}
	return r.Raw(), false, true
}

// Skip consumes a value.
func (r *Reader) Skip() { r.skip() }

// skip gives the position after the value, before the white space that follows.
func (r *Reader) skip() int {
	switch r.Kind() {
	case Object, Array:
		r.nested()
	case String:
		r.quoted()
	case Number:
		r.word()
	case Bool, Null:
		r.literal()
	default:
		if r.at >= len(r.in) {
			r.fail(ErrCut)
		} else {
			r.fail(ErrSyntax)
		}
		return r.at
	}
	end := r.at
	r.space()
	return end
}

// structural marks the bytes at which skipping an object or array has to look.
var structural = [256]int8{'{': 1, '[': 1, '}': -1, ']': -1, '"': 2}

// nested skips an object or array by counting brackets outside of strings; it needs no stack at any depth.
func (r *Reader) nested() {
	depth := 0
	for r.at < len(r.in) {
		switch step := structural[r.in[r.at]]; step {
		case 0:
			r.at = unstructured(r.in, r.at+1)
		case 2:
			if r.quoted(); r.err != nil {
				return
			}
		default:
			r.at++
			if depth += int(step); depth == 0 {
				return
			}
		}
	}
	r.fail(ErrCut)
}

// unstructured gives where the next byte stands, from at on, at which skipping may have to look.
func unstructured(in []byte, at int) int {
	for range nearBytes {
		if at < len(in) && structural[in[at]] != 0 {
			return at
		}
		at++
	}
	for ; at+wordBytes <= len(in); at += wordBytes {
		word := binary.LittleEndian.Uint64(in[at:])
		// With three of their bits set brackets and braces are alike; the only others so are Y, _, y and DEL.
		if found := bytesEqual(word|everyByte*0x26, 0x7f) | bytesEqual(word, '"'); found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	return min(at, len(in))
}

// quoted skips a string and gives what stands between its quotes, of a cut string what there is, and how many backslashes are in it.
func (r *Reader) quoted() (inside []byte, slashes int) {
	start := r.at + 1
	at := start
	for ; at+wordBytes <= len(r.in) && at < start+shortBytes; at += wordBytes {
		word := binary.LittleEndian.Uint64(r.in[at:])
		quote, slash := bytesEqual(word, '"'), bytesEqual(word, '\\')
		if quote|slash == 0 {
			continue
		}
		if first := bits.TrailingZeros64(quote); first < bits.TrailingZeros64(slash) {
			at += first / 8
			r.at = at + 1
			return r.in[start:at], 0
		}
		break
	}
	return r.quotedLong(start)
}

const (
	wordBytes = 8
	everyByte = 0x0101010101010101
	// nearBytes is how far most bytes lie from each other at which skipping has to look.
	nearBytes = 3
	// shortBytes is up to what length strings, as all keys and most values are, are looked at word by word.
	shortBytes = 4 * wordBytes
)

// bytesEqual gives a word whose lowest set bit is the high bit of the first byte that equals c; 0 where none does.
// (Hacker's Delight, section 6-1: find first 0-byte.)
func bytesEqual(word uint64, c byte) uint64 {
	word ^= everyByte * uint64(c)
	return (word - everyByte) &^ word & (everyByte << 7)
}

// quotedLong is quoted for a string of any length.
func (r *Reader) quotedLong(start int) (inside []byte, slashes int) {
	rest := r.in[start:]
	quote, slashes := closing(rest)
	if quote < 0 {
		r.at = len(r.in)
		r.fail(ErrCut)
		if inside = withoutCutEscape(rest); len(inside) < len(rest) {
			slashes--
		}
		return inside, slashes
	}
	r.at = start + quote + 1
	return rest[:quote], slashes
}

// withoutCutEscape takes an escape of which the end is missing from the end of a cut string.
func withoutCutEscape(inside []byte) []byte {
	i := bytes.LastIndexByte(inside, '\\')
	if i < 0 {
		return inside
	}
	first := i
	for first > 0 && inside[first-1] == '\\' {
		first--
	}
	begins := (i-first)%2 == 0
	if begins && (i+1 == len(inside) || inside[i+1] == 'u' && len(inside)-i < len(`\u0000`)) {
		return inside[:i]
	}
	return inside
}

// word skips a number or literal.
func (r *Reader) word() []byte {
	start := r.at
	for r.at < len(r.in) && wordByte[r.in[r.at]] {
		r.at++
	}
	return r.in[start:r.at]
}

// literal skips true, false or null and gives it.
func (r *Reader) literal() []byte {
	word := r.word()
	switch string(word) {
	case "true", "false", "null":
		return word
	}
	if r.at == len(r.in) {
		r.fail(ErrCut)
	} else {
		r.fail(ErrSyntax)
	}
	return nil
}

var wordByte = func() (set [256]bool) {
	for _, c := range []byte("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		set[c] = true
	}
	return set
}()
