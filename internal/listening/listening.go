// Package listening opens the ports of extensions. They run in one process with the proxy, whose descriptors a flood of
// connections to them would take.
package listening

import (
	"context"
	"net"

	"golang.org/x/net/netutil"
)

// ConnectionsMax is how many connections a port has at once; more wait in the kernel until one of them closes.
const ConnectionsMax = 256

// Open listens at an endpoint, host:port.
func Open(ctx context.Context, endpoint string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", endpoint)
	if err != nil {
		return nil, err
	}
	return netutil.LimitListener(ln, ConnectionsMax), nil
}

// OnLoopback tells whether only this machine reaches the port.
func OnLoopback(ln net.Listener) bool {
	tcp, ok := ln.Addr().(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
