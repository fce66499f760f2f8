//go:build !linux

package llmtapreceiver

import (
	"errors"
	"net"
	"syscall"
)

func reusePort(string, string, syscall.RawConn) error {
	return errors.New("reuse_port: is there on Linux only")
}

func takeNewConnections(*net.TCPListener) {}
