package proxy

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// tunnel passes bytes both ways after a 101 until both sides have ended or neither has sent anything for too long, and
// records only their number.
func (t *transfer) tunnel() bool {
	_ = t.up.SetDeadline(time.Time{})
	_ = t.c.SetDeadline(time.Time{})
	up, limit := t.up, t.p.cfg.Limits.TunnelTimeout
	var idled atomic.Bool
	idle := time.AfterFunc(limit, func() {
		idled.Store(true)
		up.kill()
		_ = t.c.Close()
	})
	defer idle.Stop()
	alive := func() { idle.Reset(limit) }
	var wg sync.WaitGroup
	var sent int64
	wg.Go(func() {
		sent, _ = io.Copy(tunnelEnd{up.Conn, alive}, t.br)
		closeWrite(up.Conn)
		time.AfterFunc(lastWords, up.kill) // where the server does not end in its turn
	})
	received, err := io.Copy(tunnelEnd{t.c, alive}, up.br)
	interrupted := t.interrupted()
	switch {
	case idled.Load():
		t.end, t.cause = exchange.UpstreamTimeout, "nothing passed the tunnel in time"
	case interrupted != nil:
		t.end, t.cause = interrupted.end, interrupted.cause
	case err != nil:
		t.end, t.cause = exchange.ClientGone, "client connection closed"
	}
	_ = t.c.Close() // ends the other direction
	wg.Wait()
	if t.record != nil {
		t.record.request.size += sent
		t.record.response.size += received
	}
	t.killUpstream()
	return false
}

// tunnelEnd tells of each piece that passes.
type tunnelEnd struct {
	io.Writer
	alive func()
}

func (e tunnelEnd) Write(b []byte) (int, error) {
	e.alive()
	return e.Writer.Write(b)
}

func closeWrite(conn any) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
