package fidelity

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Limits on JSON that is judged. What is over one of them is undecidable.
const (
	documentBytesMax  = 256 << 10
	documentDepthMax  = 64
	documentValuesMax = 20_000
	numberBytesMax    = 64
	// exponentMax bounds the exponent of a number, because the validator reckons without rounding.
	exponentMax = 400
)

// The ways in which a text is not one JSON value.
var (
	errNotJSON  = errors.New("no JSON")
	errHalf     = errors.New("the beginning of JSON")
	errTrailing = errors.New("text after the JSON")
	errOver     = errors.New("JSON over a limit")
)

// document is a JSON text that was read strictly.
type document struct {
	value any
	// duplicate is a key that an object has twice; empty when there is none.
	duplicate string
	// values counts the values in it, as far as it was read.
	values int
}

// readDocument reads a text that must be one JSON value.
func readDocument(text string) (document, error) {
	doc, rest, err := readFirst(text)
	if err == nil && strings.TrimLeft(rest, " \t\r\n") != "" {
		err = errTrailing
	}
	return doc, err
}

// readFirst reads the JSON value that a text begins with, and gives what follows it.
func readFirst(text string) (doc document, rest string, err error) {
	if len(text) > documentBytesMax {
		return document{}, "", errOver
	}
	r := documentReader{in: json.NewDecoder(strings.NewReader(text))}
	r.in.UseNumber()
	value, err := r.value(0)
	return document{value: value, duplicate: r.duplicate, values: r.values}, text[r.in.InputOffset():], err
}

// Limits of what is read of one call. Of an answer with many calls the arguments of most are read for each check.
const (
	readMax         = 400_000
	valuesPerRead   = 16 // as long as it takes to begin
	readingsKeptMax = 17
)

// reading is a text of a call that was read.
type reading struct {
	text string
	doc  document
	err  error
}

// read reads a text of the call, as long as that has not had too much read. What was read first and last is kept.
func (s *subject) read(text string) (document, error) {
	for i := range s.readings {
		if r := &s.readings[i]; r.text == text {
			return r.doc, r.err
		}
	}
	if s.spent.read >= readMax {
		return document{}, errOver
	}
	doc, err := readDocument(text)
	s.spent.read += valuesPerRead + doc.values
	s.readings = append(s.readings[:min(len(s.readings), readingsKeptMax-1)], reading{text, doc, err})
	return doc, err
}

type documentReader struct {
	in        *json.Decoder
	values    int
	duplicate string
}

func (r *documentReader) value(depth int) (any, error) {
	token, err := r.in.Token()
	if err != nil {
		return nil, unreadable(err)
	}
	if r.values++; r.values > documentValuesMax || depth > documentDepthMax {
		return nil, errOver
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return r.object(depth)
		}
		return r.array(depth)
	case json.Number:
		if !reckonable(string(token)) {
			return nil, errOver
		}
	}
	return token, nil
}

func (r *documentReader) object(depth int) (any, error) {
	object := map[string]any{}
	for r.in.More() {
		token, err := r.in.Token()
		if err != nil {
			return nil, unreadable(err)
		}
		key, _ := token.(string) // the decoder gives no other
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, ok := object[key]; ok {
			r.duplicate = key
		}
		object[key] = value
	}
	return object, r.end()
}

func (r *documentReader) array(depth int) (any, error) {
	array := []any{}
	for r.in.More() {
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, r.end()
}

func (r *documentReader) end() error {
	if _, err := r.in.Token(); err != nil {
		return unreadable(err)
	}
	return nil
}

// unreadable tells a text that ends too early from one that is no JSON.
func unreadable(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errHalf
	}
	return errNotJSON
}

// reckonable tells whether a number is small enough to be reckoned with exactly.
func reckonable(number string) bool {
	if len(number) > numberBytesMax {
		return false
	}
	_, exponent, ok := strings.Cut(strings.ToLower(number), "e")
	if !ok {
		return true
	}
	n, err := strconv.Atoi(exponent)
	return err == nil && n >= -exponentMax && n <= exponentMax
}
