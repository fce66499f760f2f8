package genai

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// HistoryAnswersMax bounds the answers of a history that are told one by one, the newest ones.
const HistoryAnswersMax = 8

// History is what tells to which earlier calls a call belongs: hashes of the messages in its request, without those of
// the system, and of its answer. 0 is no hash.
type History struct {
	// Answers is the number of the model's earlier answers in the request.
	Answers int
	// Root is of all up to the first answer, with it, be that in the request or this call's own.
	Root uint64
	// Whole is of the request and its answer, which a later call's history begins with.
	Whole uint64
	// Tail is of the answer and the two messages before it, which a later call has even if it left out older ones.
	Tail uint64
	// Wholes and Tails are those of the earlier answers, the newest first, HistoryAnswersMax at most.
	Wholes, Tails []uint64
}

// historyParts separates the parts of a history's text form.
const historyParts = ";"

// text is the form on a span: answers;root;whole;tail;wholes;tails, in hex, lists with commas.
func (h *History) text() string {
	var space [256]byte
	out := strconv.AppendUint(space[:0], uint64(h.Answers), 16)
	for _, hash := range [...]uint64{h.Root, h.Whole, h.Tail} {
		out = strconv.AppendUint(append(out, historyParts...), hash, 16)
	}
	for _, hashes := range [...][]uint64{h.Wholes, h.Tails} {
		out = append(out, historyParts...)
		for i, hash := range hashes {
			if i > 0 {
				out = append(out, ',')
			}
			out = strconv.AppendUint(out, hash, 16)
		}
	}
	return string(out)
}

// readHistory gives nil for what is no history.
func readHistory(c *Call, v pcommon.Value) *History {
	r := hashReader{rest: v.Str()}
	h := c.newHistory()
	h.Answers = int(min(r.one(), indexMax))
	h.Root, h.Whole, h.Tail = r.one(), r.one(), r.one()
	h.Wholes, h.Tails = r.list(h.Wholes), r.list(h.Tails)
	if r.bad || r.rest != "" {
		return nil
	}
	return h
}

// hashReader reads the parts of a history's text form.
type hashReader struct {
	rest string
	bad  bool
}

func (r *hashReader) part() (part string) {
	part, r.rest, _ = strings.Cut(r.rest, historyParts)
	return part
}

func (r *hashReader) one() uint64 { return r.hash(r.part()) }

func (r *hashReader) list(hashes []uint64) []uint64 {
	for part := r.part(); part != ""; {
		var text string
		text, part, _ = strings.Cut(part, ",")
		if len(hashes) == HistoryAnswersMax {
			r.bad = true
			return hashes
		}
		hashes = append(hashes, r.hash(text))
	}
	return hashes
}

func (r *hashReader) hash(text string) uint64 {
	hash, err := strconv.ParseUint(text, 16, 64)
	r.bad = r.bad || err != nil
	return hash
}
