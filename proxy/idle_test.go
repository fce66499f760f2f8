package proxy

import (
	"bufio"
	"net"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a connection has sent is not kept while it is idle: the budget of the copies counts that memory as free.
func TestIdleConnectionsKeepNoBodies(t *testing.T) {
	const connections, bodyBytes = 40, 1 << 20
	arrived, together := make(chan struct{}), make(chan struct{})
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		if _, _, err := readRequest(br); err != nil {
			return
		}
		arrived <- struct{}{}
		<-together // so that no two calls use the same memory
		_, _ = conn.Write(plainAnswer)
		_, _ = br.ReadByte()
	})
	addr := startTapWith(t, up, func(c *Config) {
		c.Hooks.Rewrite = func(*Request) *Rewrite { return nil }
	}, releasing{})
	before := heapInUse()
	var conns []net.Conn
	for range connections {
		conn, _ := dial(t, addr)
		send(t, conn, post(strings.Repeat("y", bodyBytes)))
		conns = append(conns, conn)
		<-arrived
	}
	close(together)
	for _, conn := range conns {
		expect(t, conn, string(plainAnswer))
	}
	require.Less(t, heapInUse()-before, int64(connections*bodyBytes/2))
	for _, conn := range conns {
		require.NoError(t, conn.Close())
	}
}

// A client that sends large heads on many connections does not make the tap keep them while the connections are idle.
func TestIdleConnectionsKeepNoLargeHeads(t *testing.T) {
	addr := startTapWith(t, answering(t, string(plainAnswer)), nil, releasing{})
	f := func(request string, bytesMax int64) {
		t.Helper()
		const connections = 50
		before := heapInUse()
		var conns []net.Conn
		for range connections {
			conn, br := dial(t, addr)
			for range 2 { // the connection goes on to serve
				send(t, conn, request)
				expect(t, br, string(plainAnswer))
			}
			conns = append(conns, conn)
		}
		require.Less(t, (heapInUse()-before)/connections, bytesMax)
		for _, conn := range conns {
			require.NoError(t, conn.Close())
		}
	}
	fields := strings.Repeat("X: "+strings.Repeat("y", 1<<10)+"\r\n", 50)
	f(strings.Replace(post("{}"), "Host: tap\r\n", "Host: tap\r\n"+fields, 1), 32<<10)
	f(strings.Replace(post("{}"), "/v1/", "/"+strings.Repeat("y", 50<<10)+"/v1/", 1), 32<<10)
	f(strings.Replace(post("{}"), "Host: tap\r\n", "Host: tap\r\nX: "+strings.Repeat("y", 5<<10)+"\r\n", 1), 48<<10)
}

func TestClosedIdleConnectionsAreForgotten(t *testing.T) {
	u := newUpstream(Upstream{URL: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}, NewConfig().Limits)
	for range 10 {
		here, there := net.Pipe()
		t.Cleanup(func() { _ = there.Close() })
		u.put(&upstreamConn{timedConn: timedConn{Conn: here}, raw: here, br: bufio.NewReader(here), served: 1})
	}
	u.closeIdle(0)
	require.Empty(t, u.idle)
	for _, c := range u.idle[:cap(u.idle)] {
		require.Nil(t, c)
	}
}

// heapInUse gives what is left of the heap when the pools are empty.
func heapInUse() int64 {
	for range 3 { // a pool keeps what it has for one collection
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
