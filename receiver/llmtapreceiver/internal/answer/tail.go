package answer

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// afterEvent gives what follows the first event of a stream's end, which the cut has damaged.
func afterEvent(tail []byte) []byte {
	rest := []byte(nil)
	for _, gap := range [][]byte{[]byte("\n\n"), []byte("\r\n\r\n"), []byte("\r\r")} {
		if _, after, ok := bytes.Cut(tail, gap); ok && len(after) > len(rest) {
			rest = after
		}
	}
	return rest
}

// lastMembers are members that stand at the end of an answer's object and have its token counts.
var lastMembers = [][]byte{[]byte(`"usage":`), []byte(`"prompt_eval_count":`)}

// foldEnd folds the last members of an object of which the middle is missing. A string cannot be taken for a member,
// as its quotes are escaped.
func foldEnd(x *exchange.Exchange, fold Fold) {
	at := -1
	for _, member := range lastMembers {
		at = max(at, bytes.LastIndex(x.Response.Tail, member))
	}
	if at < 0 {
		return
	}
	r := jsonscan.New(append([]byte{'{'}, x.Response.Tail[at:]...))
	fold(nil, &r)
}
