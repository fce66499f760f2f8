package proxy

import (
	"bytes"
	"sync/atomic"
	"time"
)

// earlyAnswer is the watch for an answer that comes before all of the request was sent and makes the rest of it needless
// (RFC 9112, section 9.5). It has the upstream's reader until it is done.
type earlyAnswer struct {
	came atomic.Bool
	done chan struct{}
}

// longAgo is a deadline that makes whoever waits give up.
var longAgo = time.Unix(1, 0)

// watchUpload ends the upload that follows when the upstream answers with an error or sends the client elsewhere. Any other
// answer may wait for the end of the upload.
func (t *transfer) watchUpload() {
	up, c, e := t.up, t.c, &earlyAnswer{done: make(chan struct{})}
	_ = up.SetReadDeadline(time.Time{})
	t.early, up.readBy = e, deadline{}
	go func() {
		defer close(e.done)
		if up.statusClass() < '3' {
			return
		}
		e.came.Store(true) // before the deadline, so that who sets another one afterwards sees it
		_ = c.SetReadDeadline(longAgo)
		_ = up.SetWriteDeadline(longAgo)
	}()
}

// uploadEnded tells that the upstream has answered and the rest of the request need not be sent.
func (t *transfer) uploadEnded() bool { return t.early != nil && t.early.came.Load() }

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

// statusClass waits for the first digit of the answer's status, behind interim answers; 0 when there is none.
func (c *upstreamConn) statusClass() byte {
	const before = len("HTTP/1.1 ")
	for at := 0; ; {
		head, err := c.br.Peek(at + before + 1)
		if err != nil {
			return 0
		}
		if class := head[at+before]; class != '1' {
			return class
		}
		for n := at + before; ; n = c.br.Buffered() {
			if _, err := c.br.Peek(n + 1); err != nil {
				return 0
			}
			buffered, _ := c.br.Peek(c.br.Buffered())
			if end := bytes.Index(buffered[at:], []byte("\r\n\r\n")); end >= 0 {
				at += end + len("\r\n\r\n")
				break
			}
		}
	}
}
