package proxy

import (
	"net"
	"time"
)

// timedConn is a connection that remembers its deadlines. After one is set directly, by SetReadDeadline and the like, readBy
// or writeBy must be set to its zero value, or readWithin and writeWithin may leave the other deadline in place.
type timedConn struct {
	net.Conn
	readBy, writeBy deadline
}

// readWithin bounds reads to d from now on, until called again. The deadline may be off by an eighth.
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

// deadline remembers what a deadline of a connection is set to; its zero value means that this is not known. The deadline is
// set again only when it would be off by more than an eighth: setting it costs as much as parsing a small head.
type deadline struct{ at time.Time }

// move returns the time to set the deadline to, d after now, and false when it is near enough as it is.
func (l *deadline) move(now time.Time, d time.Duration) (time.Time, bool) {
	want := now.Add(d)
	if off := want.Sub(l.at); off > -d/8 && off < d/8 {
		return want, false
	}
	l.at = want
	return want, true
}
