package llmtapreceiver

import (
	"sync"
	"time"

	"go.uber.org/zap"

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

// logUntold is for what no span will tell of, because the next component refuses to the end.
func (r *recorder) logUntold() {
	calls := map[string]map[string]int64{} // by upstream and reason
	for _, u := range r.unrecorded.take() {
		if calls[u.Upstream] == nil {
			calls[u.Upstream] = map[string]int64{}
		}
		calls[u.Upstream][u.Reason] += u.Calls
	}
	if len(calls) > 0 {
		r.logger.Warn("calls are missing in the accounts: the next component took neither their spans nor their number",
			zap.Any("calls", calls))
	}
}
