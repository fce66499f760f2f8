package httpinterface

import (
	"context"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

const (
	// The engine stops a query at max_execution_time by itself, but looks at the clock only between blocks and lets the query raise it.
	killGrace   = 5 * time.Second
	killWaitMin = 10 * time.Millisecond
	killWaitMax = time.Second
)

// watch kills a query when its context ends, the handler closes, or its time is long over. The query has ended when stop is called.
func (h *Handler) watch(ctx context.Context, q *query) (stop func()) {
	ended, left := make(chan struct{}), make(chan struct{})
	var overdue <-chan time.Time
	if h.config.QueryTimeout > 0 {
		overdue = time.After(h.config.QueryTimeout + killGrace)
	}
	go func() {
		defer close(left)
		select {
		case <-ended:
			return
		case <-ctx.Done():
		case <-h.ctx.Done():
		case <-overdue:
		}
		// The query may not have started yet, so one attempt is not enough.
		for wait := killWaitMin; ; wait = min(2*wait, killWaitMax) {
			h.kill(q.tag)
			select {
			case <-ended:
				return
			case <-time.After(wait):
			}
		}
	}()
	return func() {
		close(ended)
		<-left
	}
}

func (h *Handler) kill(tag string) {
	conn, err := h.connect()
	if err != nil {
		return // the next attempt may find one
	}
	defer conn.Close()
	_ = conn.Exec("KILL QUERY WHERE Settings['log_comment'] = " + quote(tag, '\'') + " ASYNC")
}

// explain says of a query that was killed why that was.
func (h *Handler) explain(ctx context.Context, err error) error {
	switch {
	case err == nil || !hasCode(err, proto.ErrQueryWasCancelled):
		return err
	case h.ctx.Err() != nil:
		return exception(proto.ErrQueryWasCancelled, "Query was cancelled: the embedded ClickHouse is shutting down")
	case ctx.Err() != nil:
		return errClientGone
	case h.config.QueryTimeout > 0:
		return exception(proto.ErrTimeoutExceeded, "Timeout exceeded: maximum: %v (query_timeout)", h.config.QueryTimeout)
	}
	return err
}
