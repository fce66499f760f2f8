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
	list := func(hashes []uint64) string {
		texts := make([]string, len(hashes))
		for i, hash := range hashes {
			texts[i] = strconv.FormatUint(hash, 16)
		}
		return strings.Join(texts, ",")
	}
	return strings.Join([]string{
		strconv.FormatUint(uint64(h.Answers), 16), list([]uint64{h.Root}), list([]uint64{h.Whole}), list([]uint64{h.Tail}),
		list(h.Wholes), list(h.Tails),
	}, historyParts)
}

// readHistory gives nil for what is no history.
func readHistory(v pcommon.Value) *History {
	r := hashReader{rest: v.Str()}
	h := &History{
		Answers: int(min(r.one(), indexMax)), Root: r.one(), Whole: r.one(), Tail: r.one(), Wholes: r.list(), Tails: r.list(),
	}
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

func (r *hashReader) list() []uint64 {
	part := r.part()
	if part == "" {
		return nil
	}
	n := strings.Count(part, ",") + 1
	if n > HistoryAnswersMax {
		r.bad = true
		return nil
	}
	hashes := make([]uint64, n)
	for i := range hashes {
		var text string
		text, part, _ = strings.Cut(part, ",")
		hashes[i] = r.hash(text)
	}
	return hashes
}

func (r *hashReader) hash(text string) uint64 {
	hash, err := strconv.ParseUint(text, 16, 64)
	r.bad = r.bad || err != nil
	return hash
}
