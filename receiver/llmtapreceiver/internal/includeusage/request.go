// Package includeusage asks a model server for the token counts of a stream on behalf of a client that did not, and
// takes out of the answer again what the server added because of it.
package includeusage

import (
	"bytes"
	"strings"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Takes tells whether the API at a path has stream_options: chat completions or completions.
func Takes(path string) bool { return strings.HasSuffix(path, "/completions") }

const (
	option  = `"include_usage":true`
	options = `{` + option + `}`
)

// Patch replaces the bytes From to To of a request by Text.
type Patch struct {
	From, To int
	Text     string
}

// Add gives the change by which a request for a stream asks for usage too, and the model that is asked, which may share memory with the
// body. It is not ok when the request wants no stream, asks already, or says something about it that only its server can judge.
func Add(body []byte) (p Patch, model []byte, ok bool) {
	r := jsonscan.New(body)
	if r.Kind() != jsonscan.Object {
		return Patch{}, nil, false
	}
	var streams, lists, members int
	stream, ok := false, true
	for key := range r.Object {
		members++
		switch string(key) {
		case "stream":
			streams++
			stream = r.True()
		case "stream_options":
			lists++
			p, ok = readOptions(&r)
		case "model":
			model = r.Text()
		}
	}
	if r.Err() != nil || len(r.Rest()) > 0 || !stream || streams > 1 || lists > 1 {
		return Patch{}, nil, false
	}
	if lists == 0 {
		end := bytes.LastIndexByte(body, '}')
		p = Patch{From: end, To: end, Text: `,"stream_options":` + options}
	}
	return p, model, ok && members > 0
}

// readOptions reads the value of stream_options. A server that is told to send usage with every chunk would send more
// than the client asked for, so such a request stays as it is.
func readOptions(r *jsonscan.Reader) (p Patch, ok bool) {
	start := r.Pos()
	switch r.Kind() {
	case jsonscan.Null:
		r.Skip()
		return Patch{From: start, To: start + len("null"), Text: options}, true
	case jsonscan.Object:
	default:
		r.Skip()
		return Patch{}, false
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
				return Patch{}, false
			}
		}
	}
	switch {
	case asked > 1:
		return Patch{}, false
	case asked == 1:
		return p, ok
	case members == 0:
		return Patch{From: start + 1, To: start + 1, Text: option}, true
	}
	return Patch{From: start + 1, To: start + 1, Text: option + ","}, true
}

// readAsked reads the value of include_usage. Whoever wants no usage gets none: it is taken out of the answer.
func readAsked(r *jsonscan.Reader) (p Patch, ok bool) {
	start, kind := r.Pos(), r.Kind()
	asked, isBool := r.Bool()
	switch {
	case isBool && !asked:
		return Patch{From: start, To: start + len("false"), Text: "true"}, true
	case kind == jsonscan.Null:
		return Patch{From: start, To: start + len("null"), Text: "true"}, true
	}
	return Patch{}, false
}
