// Package delivered tells calls that are delivered again, as by a client that tries again after a lost acknowledgement.
package delivered

import (
	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

// rememberedMax is how many calls are remembered, in up to 0.6 MB. A call that is delivered again after a quarter as many others is told in
// 999 of 1,000 cases.
const rememberedMax = 1 << 16

// Calls remembers the latest calls by trace id and span id, which make the id of a call's row in the store too. It is not safe for
// concurrent use.
type Calls struct{ latest *recent.Table[struct{}] }

// New remembers none yet.
func New() *Calls { return newCalls(rememberedMax) }

func newCalls(size int) *Calls { return &Calls{recent.New[struct{}](size)} }

// Again tells whether a call was delivered before, and remembers it. One without ids is always new.
func (c *Calls) Again(call *genai.Call) bool {
	if call.TraceID.IsEmpty() || call.SpanID.IsEmpty() {
		return false
	}
	var id [len(call.TraceID) + len(call.SpanID)]byte
	copy(id[:], call.TraceID[:])
	copy(id[len(call.TraceID):], call.SpanID[:])
	_, again := c.latest.Swap(xxhash.Sum64(id[:]), struct{}{})
	return again
}
