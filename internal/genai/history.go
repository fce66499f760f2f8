package genai

import (
	"strconv"

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
	h.Answers = int(min(r.part(), indexMax))
	h.Root, h.Whole, h.Tail = r.part(), r.part(), r.part()
	h.Wholes = r.list(h.Wholes)
	r.bad = !r.skip(historyParts[0]) || r.bad
	h.Tails = r.list(h.Tails)
	if r.bad || r.rest != "" {
		return nil
	}
	return h
}

// hashReader reads hashes in hex.
type hashReader struct {
	rest string
	bad  bool
}

func (r *hashReader) hash() (hash uint64) {
	const digitsMax = 16
	i := 0
	for i < len(r.rest) && hexDigit[r.rest[i]] != 0 {
		hash = hash<<4 | uint64(hexDigit[r.rest[i]]-1)
		i++
	}
	r.bad = r.bad || i == 0 || i > digitsMax
	r.rest = r.rest[i:]
	return hash
}

// hexDigit has one more than what a digit stands for.
var hexDigit = func() (digits [256]uint8) {
	for i, c := range []byte("0123456789abcdef") {
		digits[c] = uint8(i) + 1
	}
	return digits
}()

func (r *hashReader) skip(separator byte) bool {
	if r.rest == "" || r.rest[0] != separator {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// part reads a hash and the separator behind it.
func (r *hashReader) part() uint64 {
	hash := r.hash()
	r.bad = !r.skip(historyParts[0]) || r.bad
	return hash
}

func (r *hashReader) list(hashes []uint64) []uint64 {
	if r.rest == "" || r.rest[0] == historyParts[0] {
		return hashes
	}
	for {
		if len(hashes) == HistoryAnswersMax {
			r.bad = true
			return hashes
		}
		hashes = append(hashes, r.hash())
		if !r.skip(',') {
			return hashes
		}
	}
}
