package proxy

import "golang.org/x/sys/unix"

// hangUp is what happens to a socket whose peer has closed it, whatever it sent before.
const hangUp = unix.POLLRDHUP
