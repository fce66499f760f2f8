// Package includeusage asks a model server for the token counts of a stream on behalf of a client that did not, and
// takes out of the answer again what the server added because of it.
package includeusage

import (
	"bytes"
	"strings"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Takes tells whether the API at a path has stream_options.
func Takes(path string) bool {
	return strings.HasSuffix(path, "/chat/completions") || strings.HasSuffix(path, "/completions")
}

const (
	option  = `"include_usage":true`
	options = `{` + option + `}`
)

// Add gives a copy of a request for a stream that asks for usage too; every other byte stays as it is. It is not ok when
// the request wants no stream, asks already, or says something about it that only its server can judge.
func Add(body []byte) (changed []byte, ok bool) {
	p, ok := readRequest(body)
	if !ok {
		return nil, false
	}
	changed = make([]byte, 0, len(body)+len(p.text))
	changed = append(append(changed, body[:p.from]...), p.text...)
	return append(changed, body[p.to:]...), true
}

// patch replaces the bytes from..to of a request.
type patch struct {
	from, to int
	text     string
}

// readRequest finds where the option belongs.
func readRequest(body []byte) (p patch, ok bool) {
	r := jsonscan.New(body)
	if r.Kind() != jsonscan.Object {
		return patch{}, false
	}
	var streams, lists, members int
	stream, ok := false, true
	for key := range r.Object {
		members++
		switch string(key) {
		case "stream":
			streams++
			stream, _ = r.Bool()
		case "stream_options":
			lists++
			p, ok = readOptions(&r)
		}
	}
	if r.Err() != nil || len(r.Rest()) > 0 || !stream || streams > 1 || lists > 1 {
		return patch{}, false
	}
	if lists == 0 {
		end := bytes.LastIndexByte(body, '}')
		p = patch{from: end, to: end, text: `,"stream_options":` + options}
	}
	return p, ok && members > 0
}

// readOptions reads the value of stream_options. A server that is told to send usage with every chunk would send more
// than the client asked for, so such a request stays as it is.
func readOptions(r *jsonscan.Reader) (p patch, ok bool) {
	start := r.Pos()
	switch r.Kind() {
	case jsonscan.Null:
		r.Skip()
		return patch{from: start, to: start + len("null"), text: options}, true
	case jsonscan.Object:
	default:
		r.Skip()
		return patch{}, false
	}
	members, asked := 0, 0
	ok = true
	for key := range r.Object {
		members++
		switch string(key) {
		case "include_usage":
			asked++
			p, ok = readAsked(r)
		case "continuous_usage_stats":
			if always, known := r.Bool(); !known || always {
				return patch{}, false
			}
		}
	}
	switch {
	case asked > 1:
		return patch{}, false
	case asked == 1:
		return p, ok
	case members == 0:
		return patch{from: start + 1, to: start + 1, text: option}, true
	}
	return patch{from: start + 1, to: start + 1, text: option + ","}, true
}

// readAsked reads the value of include_usage. Whoever wants no usage gets none: it is taken out of the answer.
func readAsked(r *jsonscan.Reader) (p patch, ok bool) {
	start, kind := r.Pos(), r.Kind()
	asked, isBool := r.Bool()
	switch {
	case isBool && !asked:
		return patch{from: start, to: start + len("false"), text: "true"}, true
	case kind == jsonscan.Null:
		return patch{from: start, to: start + len("null"), text: "true"}, true
	}
	return patch{}, false
}
