package proxy

import (
	"io"
	"sync"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// tunnel passes bytes both ways after a 101 until both sides have ended, and records only their number.
func (t *transfer) tunnel() bool {
	var wg sync.WaitGroup
	_ = t.up.SetDeadline(time.Time{})
	_ = t.c.SetDeadline(time.Time{})
	var sent int64
	wg.Go(func() {
		sent, _ = io.Copy(t.up.Conn, t.br)
		closeWrite(t.up.Conn)
	})
	received, err := io.Copy(t.c, t.up.br)
	if err != nil {
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

func closeWrite(conn any) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
