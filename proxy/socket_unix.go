//go:build unix

package proxy

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// polled is a socket that the kernel is asked about; its Revents are not 0 when there is something to tell.
type polled = unix.PollFd

// ifGone asks whether the peer has left.
func ifGone(socket uintptr) polled { return polled{Fd: int32(socket), Events: hangUp} }

// ifHeard asks whether the peer has left or sent something.
func ifHeard(socket uintptr) polled { return polled{Fd: int32(socket), Events: hangUp | unix.POLLIN} }

// poll gives the number of sockets of which there is something to tell, and waits for none; it is negative when the kernel cannot say.
func poll(sockets []polled) int {
	found, err := unix.Poll(sockets, 0)
	if err != nil {
		return -1
	}
	return found
}

// endReading ends a read that waits, and those that follow.
func endReading(conn *net.TCPConn) { _ = conn.CloseRead() }

// resets are what reading and writing give after the peer has reset the connection.
var resets = []error{syscall.ECONNRESET}

// passing are errors of accept that pass although their method says otherwise: no memory for sockets, and what befell a connection
// before it was accepted (Linux, accept(2)).
var passing = []error{
	syscall.ENOBUFS, syscall.ENOMEM, syscall.EPERM, syscall.EPROTO, syscall.ENOPROTOOPT, syscall.EOPNOTSUPP, syscall.ENETDOWN,
	syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.EHOSTUNREACH,
}
