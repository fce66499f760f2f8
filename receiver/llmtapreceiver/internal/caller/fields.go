// Package caller reads what a request says of its caller, as hints for the rule that decides who it was.
package caller

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Fields are members of a request's body that name its caller.
type Fields []field

type field struct {
	path []string
	attr string
}

// NewFields makes Fields of names such as "user" or "metadata.user_id".
func NewFields(names []string) Fields {
	fields := make(Fields, len(names))
	for i, name := range names {
		fields[i] = field{strings.Split(name, "."), genai.AttrCallerBodyPrefix + name}
	}
	return fields
}

// Look takes hints from a member of the body's object; r stands at its value, which stays unread.
func (f Fields) Look(key []byte, r *jsonscan.Reader, call *genai.Call) {
	for i := range f {
		if f[i].path[0] == string(key) {
			value := *r
			find(f[i].path[1:], &value, func(text string) { put(call, f[i].attr, text) })
		}
	}
}

// find follows the path to a string or whole number.
func find(path []string, r *jsonscan.Reader, found func(string)) {
	if len(path) > 0 {
		for range r.Named(path[0]) {
			find(path[1:], r, found)
		}
		return
	}
	switch r.Kind() {
	case jsonscan.String:
		found(r.String())
	case jsonscan.Number:
		if n, ok := r.Int(); ok {
			found(strconv.FormatInt(n, 10))
		}
	}
}

// Headers are request headers that name a caller.
type Headers []header

type header struct{ name, attr string }

// NewHeaders makes Headers of header names.
func NewHeaders(names []string) Headers {
	headers := make(Headers, len(names))
	for i, name := range names {
		name = strings.ToLower(name)
		headers[i] = header{name, genai.AttrCallerHeaderPrefix + name}
	}
	return headers
}

// Read takes hints from a request's header.
func (h Headers) Read(request *exchange.Message, call *genai.Call) {
	for i := range h {
		put(call, h[i].attr, text(request.Get(h[i].name)))
	}
}

// text reads a header's value: UTF-8, or else ISO-8859-1, as JavaScript's fetch and Python's http.client send what is not ASCII. Taken
// for damaged UTF-8, Möller and Müller would be one user.
func text(value []byte) string {
	if utf8.Valid(value) {
		return string(value)
	}
	letters := make([]rune, len(value))
	for i, letter := range value {
		letters[i] = rune(letter)
	}
	return string(letters)
}

// put cuts a value that is longer than any name, and marks it: without the mark its beginning could name somebody else.
func put(call *genai.Call, attr, value string) {
	if value == "" {
		return
	}
	value, _ = genai.Shorten(value, genai.NameBytesMax)
	call.SetHint(attr, value)
}

// Key gives the API key that a request carries, whatever header its API puts it in; empty when there is none.
func Key(request *exchange.Message) []byte {
	if value := request.Get("authorization"); len(value) > 0 {
		scheme, key, ok := bytes.Cut(value, []byte{' '})
		if ok {
			return bytes.TrimSpace(key)
		}
		if !bytes.EqualFold(scheme, []byte("bearer")) { // else its key is empty
			return scheme
		}
	}
	if key := request.Get("x-api-key"); len(key) > 0 {
		return key
	}
	return request.Get("api-key")
}
