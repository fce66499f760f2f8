package answer

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// lineBytesMax bounds a line of a stream of JSON lines; longer ones are left out.
const lineBytesMax = 8 << 20

// IsLines tells whether an answer comes as JSON lines. As with IsEventStream the body decides where it can: servers
// answer a request for a stream with one plain object when it fails.
func IsLines(x *exchange.Exchange) bool {
	if slices.ContainsFunc([]string{"application/x-ndjson", "application/ndjson", "application/jsonl"}, x.Response.HasMediaType) {
		return true
	}
	body := bytes.TrimSpace(x.Response.Body)
	return bytes.Contains(body, []byte("}\n{")) || bytes.Contains(body, []byte("}\r\n{"))
}

// Lines folds the lines of a stream of JSON values, one on each line. fold sets Ended.
func (a *Answer) Lines(x *exchange.Exchange, call *genai.Call, fold Fold) {
	s := a.stream(x, call)
	s.readLines(x.Response.Body, 0, fold)
	a.gap = len(x.Response.Tail) > 0
	if _, tail, ok := bytes.Cut(x.Response.Tail, []byte{'\n'}); ok {
		s.copied = true
		s.readLines(tail, x.Response.Size-int64(len(tail)), fold)
	}
}

// readLines reads the lines of a part of the stream that begins at an offset.
func (s *stream) readLines(part []byte, offset int64, fold Fold) {
	for rest := part; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		rest = after
		end := offset + int64(len(part)-len(rest))
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
			continue
		case len(line) > lineBytesMax:
			s.Cut = true
			continue
		case !whole && s.brokeOff(line):
			continue
		}
		s.value(nil, line, end, !whole, fold)
	}
}
