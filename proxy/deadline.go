package proxy

import (
	"net"
	"time"
)

// timedConn is a connection that remembers its deadlines. Who sets one in another way forgets it, see deadline.
type timedConn struct {
	net.Conn
	readBy, writeBy deadline
}

// readWithin bounds reads until called again. An eighth more or less does not matter.
func (c *timedConn) readWithin(now time.Time, d time.Duration) {
	if at, move := c.readBy.move(now, d); move {
		_ = c.SetReadDeadline(at)
	}
}

// writeWithin is readWithin for writes.
func (c *timedConn) writeWithin(now time.Time, d time.Duration) {
	if at, move := c.writeBy.move(now, d); move {
		_ = c.SetWriteDeadline(at)
	}
}

// deadline remembers to what a deadline of a connection is set; its zero value, that this is not known. It is set anew only
// where it would be off by more than an eighth: setting one costs as much as parsing a small head.
type deadline struct{ at time.Time }

// move gives the time to set the deadline to, d after now; false when it is near enough as it is.
func (l *deadline) move(now time.Time, d time.Duration) (time.Time, bool) {
	want := now.Add(d)
	if off := want.Sub(l.at); off > -d/8 && off < d/8 {
		return want, false
	}
	l.at = want
	return want, true
}
