package proxy

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// tunnel passes bytes both ways after a 101 until both sides have ended or neither has sent anything for too long, and
// records only their number. When one side has ended, the other may send for lastWords; when one breaks off, all ends.
func (t *transfer) tunnel() bool {
	up, limit := t.up, t.p.cfg.Limits.TunnelTimeout
	_ = up.SetDeadline(time.Time{})
	_ = t.c.SetDeadline(time.Time{})
	var first atomic.Pointer[failure] // what went wrong first; the rest follows from it
	note := func(end exchange.End, cause string) { first.CompareAndSwap(nil, &failure{end: end, cause: cause}) }
	fail := func(end exchange.End, cause string) {
		note(end, cause)
		up.kill()
	}
	idle := time.AfterFunc(limit, func() {
		fail(exchange.UpstreamTimeout, "nothing passed the tunnel in time")
		_ = t.c.Close()
	})
	defer idle.Stop()
	alive := func() { idle.Reset(limit) }
	toServer, toClient := tunnelEnd{Writer: up.Conn, alive: alive}, tunnelEnd{Writer: t.c, alive: alive}
	clientLeft := func() { fail(exchange.ClientGone, "client connection closed") }
	const serverBroke = "the model server broke the tunnel off"
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := toServer.fill(t.br); err != nil && !isTimeout(err) {
			clientLeft()
		}
		// The kernel tells of a reset once: reading gets what the server had sent before, then an end in order.
		if isAny(toServer.lost, resets) {
			note(exchange.UpstreamBroken, serverBroke)
		}
		closeWrite(up.Conn)
		time.AfterFunc(lastWords, clientLeft) // where the server does not end in its turn
	})
	if toClient.fill(up.br) != nil {
		fail(exchange.UpstreamBroken, serverBroke)
	} else if toClient.lost != nil {
		clientLeft()
	}
	t.endToClient(first.Load())
	wg.Wait()
	t.killUpstream()
	t.recordTunnel(first.Load(), toServer.passed, toClient.passed)
	return false
}

// endToClient ends a tunnel to the client as the server has ended it.
func (t *transfer) endToClient(broken *failure) {
	switch {
	case t.interrupted() != nil, broken != nil && broken.end != exchange.UpstreamBroken:
		_ = t.c.Close()
	case broken != nil:
		t.c.reset()
	default:
		closeWrite(t.c.Conn)
		_ = t.c.SetReadDeadline(time.Now().Add(lastWords))
		t.lingers = true
	}
}

func (t *transfer) recordTunnel(broken *failure, sent, received int64) {
	if interrupted := t.interrupted(); interrupted != nil {
		broken = interrupted
	}
	if broken != nil {
		t.end, t.cause = broken.end, broken.cause
	}
	if t.record != nil {
		t.record.request.size += sent
		t.record.response.size += received
	}
}

// tunnelEnd takes what comes for one side of a tunnel.
type tunnelEnd struct {
	io.Writer
	alive  func() // told of each piece
	passed int64
	lost   error // why it took no more
}

// fill passes on what comes from r. Its error is that of r, which broke off instead of ending.
func (e *tunnelEnd) fill(r io.Reader) error {
	if _, err := io.Copy(e, r); e.lost == nil {
		return err
	}
	return nil
}

func (e *tunnelEnd) Write(b []byte) (int, error) {
	e.alive()
	n, err := e.Writer.Write(b)
	e.passed += int64(n)
	e.lost = err
	return n, err
}

func closeWrite(conn any) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
