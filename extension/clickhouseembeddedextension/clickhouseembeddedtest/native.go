package clickhouseembeddedtest

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/stretchr/testify/require"
)

// Native serves ClickHouse's native protocol before an embedded engine, which has none: handshake, queries with settings and
// parameters, blocks in both directions, compression, exceptions, ping.
type Native struct {
	engine   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	// Cut closes the connection instead of answering when it says so of a statement that the engine has carried out.
	Cut func(statement string) bool
}

// StartNative serves the engine at host:port, with TLS if a configuration is given, until the test ends or Close is called.
func StartNative(t testing.TB, engine string, encryption *tls.Config) *Native {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if encryption != nil {
		listener = tls.NewListener(listener, encryption)
	}
	n := &Native{engine: engine, listener: listener, conns: map[net.Conn]bool{}, Cut: func(string) bool { return false }}
	n.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			n.keep(conn)
			n.running.Go(func() {
				defer n.drop(conn)
				// What ends a connection is the client's to tell.
				_ = (&nativeConn{server: n, conn: conn, reader: proto.NewReader(conn)}).serve()
			})
		}
	})
	t.Cleanup(n.Close)
	return n
}

// Addr is host:port.
func (n *Native) Addr() string { return n.listener.Addr().String() }

// Close ends all connections, as the end of a server does.
func (n *Native) Close() {
	_ = n.listener.Close()
	n.mu.Lock()
	for conn := range n.conns {
		_ = conn.Close()
	}
	n.mu.Unlock()
	n.running.Wait()
}

func (n *Native) keep(conn net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[conn] = true
}

func (n *Native) drop(conn net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, conn)
	_ = conn.Close()
}
