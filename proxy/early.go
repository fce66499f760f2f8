package proxy

import (
	"sync/atomic"
	"time"
)

// early watches for an answer that refuses a request before all of it was sent (RFC 9112, section 9.5). It has the
// upstream's reader until it is done.
type early struct {
	refused atomic.Bool
	done    chan struct{}
}

// longAgo is a deadline that makes whoever waits give up.
var longAgo = time.Unix(1, 0)

// heedRefusal ends the upload that follows when the upstream answers with an error or sends the client elsewhere. Any
// other answer may wait for the end of the upload.
func (t *transfer) heedRefusal() {
	up, c, e := t.up, t.c, &early{done: make(chan struct{})}
	_ = up.SetReadDeadline(time.Time{})
	t.early, up.readBy = e, deadline{}
	go func() {
		defer close(e.done)
		beginning, err := up.br.Peek(len("HTTP/1.1 3"))
		if err != nil || beginning[len(beginning)-1] < '3' {
			return
		}
		e.refused.Store(true) // before the deadline, so that who sets another one afterwards sees it
		_ = c.SetReadDeadline(longAgo)
		_ = up.SetWriteDeadline(longAgo)
	}()
}

// isRefused tells that the rest of the request is not wanted.
func (t *transfer) isRefused() bool { return t.early != nil && t.early.refused.Load() }

// joinEarly waits until the upstream's reader is free, which a deadline or the connection's end bounds.
func (t *transfer) joinEarly() {
	if t.early == nil {
		return
	}
	<-t.early.done
	t.early, t.c.readBy = nil, deadline{}
	if t.up != nil {
		t.up.writeBy = deadline{}
	}
}
