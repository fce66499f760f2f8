//go:build unix && !linux && !freebsd

package proxy

import "golang.org/x/sys/unix"

// hangUp is what happens to a socket whose peer has closed it. macOS tells only those who ask for it (xnu, poll_nocancel); elsewhere
// asking changes nothing.
const hangUp = unix.POLLHUP
