package clickhouseembeddedextension_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// dial sends the beginning of a request and leaves the connection open.
func (c client) dial(request string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = conn.Close() })
	_, err = conn.Write([]byte(request))
	require.NoError(c.t, err)
	return conn
}

const (
	halfStatement = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nSELECT"
	unread        = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 28\r\n\r\nSELECT * FROM system.numbers"
)

// requireBegun waits for the beginning of an answer, and reads no more of it.
func requireBegun(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	begun := make([]byte, len(want))
	_, err := io.ReadFull(conn, begun)
	require.NoError(t, err)
	require.Equal(t, want, string(begun))
}

func TestStalledClientsDoNotKeepShutdownWaiting(t *testing.T) {
	address, stop := clickhouseembeddedtest.Open(t, func(config *clickhouseembeddedextension.Config) {
		config.ShutdownTimeout = 50 * time.Millisecond
	})
	c := client{t: t, addr: address}
	c.dial(halfStatement)
	requireBegun(t, c.dial(unread), "HTTP/1.1 200 OK")
	stop()
}

func TestStalledClientsKeepNoPlace(t *testing.T) {
	c := start(t, func(config *clickhouseembeddedextension.Config) {
		config.MaxConcurrentQueries, config.QueryTimeout = 1, time.Second
	})
	half := c.dial(halfStatement)
	requireBegun(t, c.dial(unread), "HTTP/1.1 200 OK")
	require.Eventually(t, func() bool { return c.get("SELECT 1").body == "1\n" }, 20*time.Second, 5*time.Millisecond)
	requireBegun(t, half, "HTTP/1.1 500 ")
}
