// Package freeport gives tests addresses for the programs that they start, which nobody else takes in the meantime.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

const (
	// Below the ports that the system gives away by itself, on Linux from 32768 on.
	first, count = 20_000, 12_000
	// guard is where the tests of all processes hold the ports that they use: another address of this machine, so that
	// the port is free at the usual one.
	guard = "127.77.0.1"
	host  = "127.0.0.1"
)

// Address gives a loopback address, host:port, at which nobody listens. The port is the test's until it ends.
func Address(t testing.TB) string {
	t.Helper()
	for range count {
		port := strconv.Itoa(first + rand.IntN(count))
		held, err := listen(t, guard, port)
		if err != nil {
			continue
		}
		ln, err := listen(t, host, port)
		if err != nil {
			_ = held.Close()
			continue
		}
		_ = ln.Close()
		t.Cleanup(func() { _ = held.Close() })
		return ln.Addr().String()
	}
	t.Fatalf("freeport: no port from %d on is free", first)
	return ""
}

func listen(t testing.TB, host, port string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, port))
}
