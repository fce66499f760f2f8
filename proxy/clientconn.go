package proxy

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// clientConn is a client's connection that can tell, while nobody reads from it, that the client has left.
type clientConn struct {
	net.Conn
	address         netip.Addr
	readBy, writeBy deadline

	requests atomic.Int64 // that it has brought
	inFlight atomic.Int64 // 1 while one is passed on

	mu       sync.Mutex
	idle     bool // waiting for a request
	draining bool // to end, see drain

	pending    [1]byte // a byte that the watch read
	hasPending bool

	timer   *time.Timer
	watched chan struct{} // tells that the watch has ended
	onGone  func()
	stopped bool
}

// Read gives the byte that the watch took, if any, before those of the connection.
func (c *clientConn) Read(b []byte) (int, error) {
	if c.hasPending && len(b) > 0 {
		b[0], c.hasPending = c.pending[0], false
		return 1, nil
	}
	return c.Conn.Read(b)
}

// readWithin bounds reads until called again. An eighth more or less does not matter.
func (c *clientConn) readWithin(now time.Time, d time.Duration) {
	if at, move := c.readBy.move(now, d); move {
		_ = c.SetReadDeadline(at)
	}
}

// writeWithin is readWithin for writes.
func (c *clientConn) writeWithin(now time.Time, d time.Duration) {
	if at, move := c.writeBy.move(now, d); move {
		_ = c.SetWriteDeadline(at)
	}
}

// readUnbounded lets reads take any time.
func (c *clientConn) readUnbounded() {
	c.readBy = deadline{}
	_ = c.SetReadDeadline(time.Time{})
}

// watchDelay is how long an answer may take before its client is watched: fast answers need no watch.
const watchDelay = 20 * time.Millisecond

// watch calls onGone once when the client closes its connection, until unwatch. Nothing else may read from the
// connection in between.
func (c *clientConn) watch(onGone func()) {
	c.onGone, c.stopped = onGone, false
	if c.timer == nil {
		c.watched = make(chan struct{}, 1)
		c.timer = time.AfterFunc(watchDelay, c.await)
	} else {
		c.timer.Reset(watchDelay)
	}
}

// unwatch ends a watch; afterwards the connection can be read again.
func (c *clientConn) unwatch() {
	if c.timer.Stop() {
		return // not begun
	}
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	_ = c.SetReadDeadline(time.Unix(1, 0))
	<-c.watched
	c.readUnbounded()
}

func (c *clientConn) await() {
	defer func() { c.watched <- struct{}{} }()
	if c.hasPending {
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	c.mu.Lock()
	stopped := c.stopped
	c.mu.Unlock()
	if stopped {
		return
	}
	n, err := c.Conn.Read(c.pending[:])
	c.hasPending = n == 1
	c.mu.Lock()
	stopped = c.stopped
	c.mu.Unlock()
	if n == 0 && err != nil && !stopped {
		c.onGone()
	}
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
