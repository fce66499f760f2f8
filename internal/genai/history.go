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
	parts := strings.Split(v.Str(), historyParts)
	if len(parts) != 6 {
		return nil
	}
	var bad bool
	list := func(text string) []uint64 {
		if text == "" {
			return nil
		}
		texts := strings.SplitN(text, ",", HistoryAnswersMax+1)
		bad = bad || len(texts) > HistoryAnswersMax
		hashes := make([]uint64, len(texts))
		for i, text := range texts {
			hash, err := strconv.ParseUint(text, 16, 64)
			bad = bad || err != nil
			hashes[i] = hash
		}
		return hashes
	}
	one := func(text string) uint64 {
		hashes := list(text)
		if bad = bad || len(hashes) != 1; bad {
			return 0
		}
		return hashes[0]
	}
	answers := one(parts[0])
	h := &History{
		Answers: int(min(answers, indexMax)), Root: one(parts[1]), Whole: one(parts[2]), Tail: one(parts[3]),
		Wholes: list(parts[4]), Tails: list(parts[5]),
	}
	if bad {
		return nil
	}
	return h
}
