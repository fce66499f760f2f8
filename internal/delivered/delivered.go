// Package delivered tells spans that are delivered again, as by a client that tries again after a lost acknowledgement.
package delivered

import (
	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/recent"
)

// rememberedMax is how many spans are remembered, in up to 0.6 MB. A span that is delivered again after a quarter as many others is told in
// 999 of 1,000 cases.
const rememberedMax = 1 << 16

// Spans remembers the latest spans by trace id and span id, which make the id of a row in the store too. It is not safe for
// concurrent use.
type Spans struct{ latest *recent.Table[struct{}] }

// New remembers none yet.
func New() *Spans { return newSpans(rememberedMax) }

func newSpans(size int) *Spans { return &Spans{recent.New[struct{}](size)} }

// Again tells whether a span was delivered before, and remembers it. One without ids is always new.
func (s *Spans) Again(trace pcommon.TraceID, span pcommon.SpanID) bool {
	if trace.IsEmpty() || span.IsEmpty() {
		return false
	}
	var id [len(trace) + len(span)]byte
	copy(id[:], trace[:])
	copy(id[len(trace):], span[:])
	_, again := s.latest.Swap(xxhash.Sum64(id[:]), struct{}{})
	return again
}
