package proxy

import (
	"errors"
	"net"
	"syscall"
)

// probe asks the kernel, without taking a byte, whether an idle connection is still open and silent.
type probe struct {
	conn  syscall.RawConn // nil where the kernel cannot be asked
	ask   func(fd uintptr) bool
	peek  [1]byte
	empty bool
}

func newProbe(conn net.Conn) *probe {
	p := new(probe)
	if sc, ok := conn.(syscall.Conn); ok {
		p.conn, _ = sc.SyscallConn()
	}
	p.ask = func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), p.peek[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		p.empty = errors.Is(err, syscall.EAGAIN)
		return true
	}
	return p
}

// quiet is false when the server has closed the connection or sent something that nobody asked for.
func (p *probe) quiet() bool {
	return p.conn == nil || p.conn.Read(p.ask) == nil && p.empty
}
