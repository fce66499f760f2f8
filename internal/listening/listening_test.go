package listening

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMoreConnectionsWaitUntilOthersClose(t *testing.T) {
	ln, err := Open(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	const clients = 2 * ConnectionsMax
	for range clients {
		client, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
		require.NoError(t, err)
		defer func() { require.NoError(t, client.Close()) }()
	}
	var open, most atomic.Int64
	accepted := make(chan net.Conn, clients)
	go func() {
		defer close(accepted)
		for range clients {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			most.Store(max(most.Load(), open.Add(1)))
			accepted <- conn
		}
	}()
	conns := make([]net.Conn, ConnectionsMax)
	for i := range conns {
		conns[i] = <-accepted
	}
	for _, conn := range conns {
		open.Add(-1)
		require.NoError(t, conn.Close())
	}
	for conn := range accepted {
		open.Add(-1)
		require.NoError(t, conn.Close())
	}
	require.EqualValues(t, ConnectionsMax, most.Load())
	require.Zero(t, open.Load())
	require.NoError(t, ln.Close())
}

func TestOnLoopback(t *testing.T) {
	f := func(endpoint string, loopback bool) {
		t.Helper()
		ln, err := Open(t.Context(), endpoint)
		require.NoError(t, err)
		require.Equal(t, loopback, OnLoopback(ln))
		require.NoError(t, ln.Close())
	}
	f("127.0.0.1:0", true)
	f("localhost:0", true)
	f(":0", false)
	f("0.0.0.0:0", false)
}
