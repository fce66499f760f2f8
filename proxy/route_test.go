package proxy

import (
	"bufio"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The route of one request on a connection is used again for the next one only if that asks for the same.
func TestRoutesOfRequestsOnOneConnection(t *testing.T) {
	seen := make(chan string, 1)
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		for {
			head, _, err := readRequest(br)
			if err != nil {
				return
			}
			line, _, _ := strings.Cut(head, " HTTP")
			seen <- line
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		}
	})
	addr, rec := startTap(t, up, func(c *Config) { c.Upstreams[0].Prefix = "/up" })
	conn, br := dial(t, addr)
	f := func(line, forwarded, recorded string) {
		t.Helper()
		send(t, conn, line+" HTTP/1.1\r\nHost: tap\r\nContent-Length: 0\r\n\r\n")
		expect(t, br, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		require.Equal(t, forwarded, <-seen)
		if recorded != "" {
			e := rec.next(t)
			require.Equal(t, recorded, e.Method+" "+e.Target)
		}
		require.Empty(t, rec.got)
	}
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("GET /up/v1/chat", "GET /v1/chat", "")
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("POST /up/v1/chat?a=1", "POST /v1/chat?a=1", "POST /v1/chat?a=1")
	f("POST /up/v1/chat?a=2", "POST /v1/chat?a=2", "POST /v1/chat?a=2")
	f("POST http://tap/up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("PoST /up/v1/chat", "PoST /v1/chat", "")
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("POST /up/models", "POST /models", "")
}
