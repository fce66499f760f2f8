// Package jsonscan reads chosen fields out of JSON in one pass, without building a tree and without reflection.
//
// It is made for JSON that strangers wrote: what cannot be understood is skipped, what could be read before an error
// stays, and nothing recurses on nested input. It checks only what it reads; a value that is skipped is not validated.
package jsonscan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	None Kind = iota // no value: the end of the input or something that is no JSON
	Object
	Array
	String
	Number
	Bool
	Null
)

// ErrSyntax tells that the input is no JSON, ErrCut that it ended within a value.
var (
	ErrSyntax = errors.New("not valid JSON")
	ErrCut    = errors.New("JSON cut short")
)

// Reader reads one JSON text. Each method that reads a value consumes it, whatever its kind; a value of another kind
// than asked for counts as absent. After an error all methods return at once with nothing.
type Reader struct {
	in      []byte
	at      int
	err     error
	texts   *[]byte // see Unescape
	lenient bool    // see NewLenient
}

// New makes a Reader of in, which must not change while what was read from it is in use.
func New(in []byte) Reader {
	r := Reader{in: in}
	r.space()
	return r
}

// NewLenient makes a Reader of what a server in Python may have to read: its JSON has the numbers NaN and Infinity, too, by default
// (library reference, json). Here they are numbers without a value.
func NewLenient(in []byte) Reader {
	r := New(in)
	r.lenient = true
	return r
}

// Unescape lets Text put strings that have escapes behind what texts holds, instead of into memory of their own.
func (r *Reader) Unescape(texts *[]byte) { r.texts = texts }

// Err gives the first error.
func (r *Reader) Err() error { return r.err }

// Pos gives the position in the input of what comes next.
func (r *Reader) Pos() int { return r.at }

// Rest gives what follows the value read last, without white space around it.
func (r *Reader) Rest() []byte { return bytes.TrimSpace(r.in[r.at:]) }

// Finish goes to the end of the input.
func (r *Reader) Finish() { r.at = len(r.in) }

// Kind tells the kind of the value that comes next.
func (r *Reader) Kind() Kind {
	if r.err != nil || r.at >= len(r.in) {
		return None
	}
	switch c := r.in[r.at]; c {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	default:
		if c == '-' || c-'0' <= 9 || r.lenient && (c == 'N' || c == 'I') {
			return Number
		}
		return None
	}
}

// Object visits the members of an object. The loop's body reads the member's value or leaves it, then it is skipped.
// A key that occurs twice is visited twice. The loop must not be left early: that ends the Reader with ErrSyntax.
func (r *Reader) Object(yield func(key []byte) bool) {
	if !r.open(Object) {
		return
	}
	for first := true; r.more('}', first); first = false {
		key, ok := r.shortKey()
		if !ok {
			if key, ok = r.key(); !ok {
				return
			}
		}
		at := r.at
		if !yield(key) {
			r.fail(ErrSyntax)
			return
		}
		if r.at == at {
			r.Skip()
		}
	}
}

// Given visits the members of an object that are not null, under the same rules as Object.
func (r *Reader) Given(yield func(key []byte) bool) {
	r.Object(func(key []byte) bool { return r.Kind() == Null || yield(key) })
}

// Named visits the members of an object that have this name, under the same rules as Object.
func (r *Reader) Named(name string) func(yield func() bool) {
	return func(yield func() bool) {
		r.Object(func(key []byte) bool { return string(key) != name || yield() })
	}
}

// Array visits the elements of an array, under the same rules as Object.
func (r *Reader) Array(yield func(index int) bool) {
	if !r.open(Array) {
		return
	}
	for index := 0; r.more(']', index == 0); index++ {
		at := r.at
		if !yield(index) {
			r.fail(ErrSyntax)
			return
		}
		if r.at == at {
			r.Skip()
		}
	}
}

// Length counts the elements of an array.
func (r *Reader) Length() (n int) {
	for range r.Array {
		n++
	}
	return n
}

// open enters an object or array; a value of another kind is skipped.
func (r *Reader) open(kind Kind) bool {
	if r.Kind() != kind {
		r.Skip()
		return false
	}
	r.at++
	r.space()
	return true
}

// more tells whether another member or element comes, and goes to it; otherwise it leaves the object or array.
func (r *Reader) more(end byte, first bool) bool {
	if r.err != nil {
		return false
	}
	if r.at >= len(r.in) {
		r.fail(ErrCut)
		return false
	}
	switch {
	case r.in[r.at] == end:
		r.at++
		r.space()
		return false
	case first:
		return true
	case r.in[r.at] != ',':
		r.fail(ErrSyntax)
		return false
	}
	r.at++
	r.space()
	if r.at >= len(r.in) {
		r.fail(ErrCut)
		return false
	}
	return true
}

// shortKey reads a key as almost all are: short, without escapes, with the colon behind it. It reads nothing of others.
func (r *Reader) shortKey() (key []byte, ok bool) {
	in, start := r.in, r.at+1
	if r.at >= len(in) || in[r.at] != '"' {
		return nil, false
	}
	for at := start; at+wordBytes <= len(in) && at < start+shortBytes; at += wordBytes {
		word := binary.LittleEndian.Uint64(in[at:])
		quote, slash := bytesEqual(word, '"'), bytesEqual(word, '\\')
		if quote|slash == 0 {
			continue
		}
		first := bits.TrailingZeros64(quote)
		end := at + first/8
		if first > bits.TrailingZeros64(slash) || end+1 >= len(in) || in[end+1] != ':' {
			return nil, false
		}
		if r.at = end + 2; r.at < len(in) && in[r.at] <= ' ' {
			r.space()
		}
		return in[start:end], true
	}
	return nil, false
}

func (r *Reader) key() (key []byte, ok bool) {
	if r.Kind() != String {
		r.fail(ErrSyntax)
		return nil, false
	}
	key = r.text()
	return key, r.colon()
}

func (r *Reader) colon() bool {
	switch {
	case r.err != nil:
		return false
	case r.at >= len(r.in):
		r.fail(ErrCut)
		return false
	case r.in[r.at] != ':':
		r.fail(ErrSyntax)
		return false
	}
	r.at++
	r.space()
	return true
}

func (r *Reader) space() {
	for r.at < len(r.in) && r.in[r.at] <= ' ' {
		r.at++
	}
}

func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
