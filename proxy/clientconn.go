package proxy

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// clientConn is a client's connection.
type clientConn struct {
	timedConn
	raw     net.Conn // below TLS
	address netip.Addr
	watch   watch

	requests atomic.Int64 // that it has brought
	inFlight atomic.Int64 // 1 while one is passed on

	mu       sync.Mutex
	idle     bool   // waiting for a request, or the rest of its head
	draining bool   // to end, see drain
	wasCut   bool   // see cut
	stop     func() // ends what is under way; nil until the connection is looked at
}

// newClientConn makes one of a connection that was accepted, to be served by TLS where a configuration is given.
func newClientConn(conn net.Conn, cfg *tls.Config) *clientConn {
	c := &clientConn{timedConn: timedConn{Conn: conn}, raw: conn, address: addressOf(conn), watch: newWatch(conn)}
	if cfg != nil {
		c.Conn = tls.Server(conn, cfg)
	}
	return c
}

const (
	// lastRequestWait is how long a connection that is to end waits for one more request: a client may have sent it already.
	lastRequestWait = 2 * time.Second
	lastLook        = 20 * time.Millisecond
)

// setIdle marks that the connection waits for a request, or no longer does. It tells whether it is to end.
func (c *clientConn) setIdle(idle bool) (draining bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = idle
	return c.draining
}

func (c *clientConn) isDraining() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

// drain makes the connection end after its next answer, or soon when no request comes.
func (c *clientConn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.idle {
		_ = c.SetReadDeadline(time.Now().Add(lastRequestWait))
	}
}

// cut ends what is under way. The client can still be told so: its connection stays open in that direction.
func (c *clientConn) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wasCut = true
	if c.stop != nil {
		c.stop()
	}
	if tcp, ok := c.raw.(*net.TCPConn); ok {
		endReading(tcp)
	}
}

// onCut gives what ends what is under way. Where the connection was cut before, that ends at once.
func (c *clientConn) onCut(stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop = stop; c.wasCut {
		stop()
	}
}

// reset closes the connection so that the client cannot take what it has for all of an answer.
func (c *clientConn) reset() {
	if tcp, ok := c.raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.raw.Close()
}
