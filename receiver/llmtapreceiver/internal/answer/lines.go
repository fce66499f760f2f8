package answer

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// LineBytesMax bounds a line of a stream of JSON lines; longer ones are left out.
const LineBytesMax = 8 << 20

// IsLines tells whether an answer comes as JSON lines. As with IsEventStream the body decides where it can: servers
// answer a request for a stream with one plain object when it fails.
func IsLines(x *exchange.Exchange) bool {
	for _, mediaType := range []string{"application/x-ndjson", "application/ndjson", "application/jsonl"} {
		if x.Response.Header.HasMediaType(mediaType) {
			return true
		}
	}
	body := bytes.TrimSpace(x.Response.Body)
	return bytes.Contains(body, []byte("}\n{")) || bytes.Contains(body, []byte("}\r\n{"))
}

// Lines folds the lines of a stream of JSON values, one on each line.
func (a *Answer) Lines(x *exchange.Exchange, call *genai.Call, fold Fold) error {
	clock := arrivals{marks: x.Marks}
	for rest := x.Response.Body; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		rest = after
		end := int64(len(x.Response.Body) - len(rest))
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
			continue
		case len(line) > LineBytesMax:
			a.Cut = true
			continue
		}
		r := jsonscan.New(line)
		if fold(nil, &r) {
			clock.piece(end, call)
		}
		if r.Err() != nil && (whole || r.Err() != jsonscan.ErrCut) {
			call.Detail.InvalidEvents++
		}
	}
	return invalid(call)
}
