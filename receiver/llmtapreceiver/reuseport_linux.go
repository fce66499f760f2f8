package llmtapreceiver

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

func reusePort(_, _ string, conn syscall.RawConn) error {
	var err error
	if controlErr := conn.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}); controlErr != nil {
		return controlErr
	}
	return err
}

// takeNewConnections makes the kernel give all new connections to this socket, so that the process before can empty its
// queue and close without losing one. The program chooses the second socket of the address; where there is only one,
// the choice does not exist and the kernel takes the one. Where the program is refused the kernel spreads connections,
// and those queued at a socket that closes are lost.
func takeNewConnections(ln *net.TCPListener) {
	conn, err := ln.SyscallConn()
	if err != nil {
		return
	}
	second := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 1}}
	_ = conn.Control(func(fd uintptr) {
		_ = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF,
			&unix.SockFprog{Len: uint16(len(second)), Filter: &second[0]})
	})
}
