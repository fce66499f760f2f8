package llmtapreceiver

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// unrecorded counts the calls of which no span was handed on, until a span can tell of them.
type unrecorded struct {
	mu    sync.Mutex
	calls map[unrecordedKind]*genai.Unrecorded
}

// unrecordedKind is of no more kinds than there are upstreams times reasons.
type unrecordedKind struct{ upstream, reason string }

func (u *unrecorded) add(upstream, reason string) {
	now := time.Now()
	u.merge(genai.Unrecorded{Upstream: upstream, Reason: reason, Calls: 1, First: now, Last: now})
}

func (u *unrecorded) merge(more genai.Unrecorded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	kind := unrecordedKind{more.Upstream, more.Reason}
	known := u.calls[kind]
	if known == nil {
		if u.calls == nil {
			u.calls = make(map[unrecordedKind]*genai.Unrecorded)
		}
		u.calls[kind] = &more
		return
	}
	known.Calls += more.Calls
	if more.First.Before(known.First) {
		known.First = more.First
	}
	if more.Last.After(known.Last) {
		known.Last = more.Last
	}
}

// take gives what was counted and begins anew.
func (u *unrecorded) take() (all []genai.Unrecorded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, some := range u.calls {
		all = append(all, *some)
	}
	clear(u.calls)
	return all
}

// tell writes a span for each kind of unrecorded calls.
func tell(all []genai.Unrecorded, spans ptrace.SpanSlice) {
	for i := range all {
		var trace pcommon.TraceID
		var id pcommon.SpanID
		binary.NativeEndian.PutUint64(trace[:8], 1+rand.Uint64N(1<<64-1))
		binary.NativeEndian.PutUint64(trace[8:], rand.Uint64())
		binary.NativeEndian.PutUint64(id[:], 1+rand.Uint64N(1<<64-1))
		all[i].Put(spans.AppendEmpty(), trace, id)
	}
}
