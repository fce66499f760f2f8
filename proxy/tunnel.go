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
	t.request, t.response = bodyCopy{size: t.request.size}, bodyCopy{size: t.response.size}
	wg.Go(func() {
		n, _ := io.Copy(t.up.Conn, t.br)
		t.request.size += n
		closeWrite(t.up.Conn)
	})
	n, err := io.Copy(t.c, t.up.br)
	t.response.size += n
	if err != nil {
		t.end, t.cause = exchange.ClientGone, "client connection closed"
	}
	_ = t.c.Close() // ends the other direction
	wg.Wait()
	t.killUpstream()
	return false
}

func closeWrite(conn any) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
