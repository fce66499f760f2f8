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

// lastMembersMax bounds how many of them are looked at from the end on.
const lastMembersMax = 32

// foldEnd folds the last members of an object of which the middle is missing. A string cannot be taken for a member,
// as its quotes are escaped.
func (a *Answer) foldEnd(x *exchange.Exchange, fold Fold) {
	members := lastMembers
	if a.CountsMember != "" {
		members = [][]byte{[]byte(`"` + a.CountsMember + `":`)}
	}
	if end := lastObject(x.Response.Tail, members); end != nil {
		r := jsonscan.New(end)
		fold(nil, &r)
	}
}

// lastObject makes an object of the last of these members and what follows it. Of several the one counts whose object ends
// with the answer: Groq's compound models have a usage of each model they asked within the answer's own.
func lastObject(tail []byte, members [][]byte) (object []byte) {
	end := len(tail)
	for range lastMembersMax {
		at := -1
		for _, member := range members {
			at = max(at, bytes.LastIndex(tail[:end], member))
		}
		if at < 0 {
			break
		}
		candidate := append([]byte{'{'}, tail[at:]...)
		if object == nil {
			object = candidate
		}
		r := jsonscan.New(candidate)
		if r.Skip(); r.Err() == nil && len(r.Rest()) == 0 {
			return candidate
		}
		end = at
	}
	return object
}
