package proxy

import (
	"net"
	"syscall"
)

// probe asks the kernel, without taking a byte, whether an idle connection is still open and silent.
type probe struct {
	conn   syscall.RawConn // nil where the kernel cannot be asked
	ask    func(fd uintptr) bool
	socket [1]polled
	silent bool
}

func newProbe(conn net.Conn) *probe {
	p := new(probe)
	if sc, ok := conn.(syscall.Conn); ok {
		p.conn, _ = sc.SyscallConn()
	}
	p.ask = func(fd uintptr) bool {
		p.socket[0] = ifHeard(fd)
		p.silent = poll(p.socket[:]) == 0
		return true
	}
	return p
}

// quiet is false when the server has closed the connection or sent something that nobody asked for.
func (p *probe) quiet() bool {
	return p.conn == nil || p.conn.Read(p.ask) == nil && p.silent
}
