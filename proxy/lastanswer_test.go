package proxy

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// The last answer on a connection is not lost because the client has sent ahead (RFC 9112, section 9.6).
func TestLastAnswerIsNotLostToAReset(t *testing.T) {
	body := strings.Repeat("x", 8<<20)
	answer := "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
	addr, rec := startTap(t, answering(t, answer), nil)
	conn, br := dial(t, addr)
	send(t, conn, post("{}")+post(strings.Repeat("y", 30_000)))
	_, err := io.CopyN(io.Discard, br, int64(len(answer)-64<<10)) // the rest is in the kernels' buffers
	require.NoError(t, err)
	require.Equal(t, exchange.Completed, rec.next(t).End)
	rest, err := io.ReadAll(br)
	require.NoError(t, err)
	require.Len(t, rest, 64<<10)
}

// Many clients read no answer before they have sent all of an upload, as a recording of half an hour.
func TestRefusalOfAnUploadIsNotLostToAReset(t *testing.T) {
	f := func(name, want string, allow func(exchange.Header) bool) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _ = br.ReadString('\n')
				_, _ = io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
				_, _ = io.Copy(io.Discard, br)
			})
			addr, _ := startTap(t, up, func(cfg *Config) { cfg.Allow = allow })
			conn, br := dial(t, addr)
			send(t, conn, post(strings.Repeat("x", 32<<20)))
			expect(t, br, want)
		})
	}
	f("by the tap", "HTTP/1.1 401 ", func(exchange.Header) bool { return false })
	f("by the server", "HTTP/1.1 413 ", nil)
}

// An answer to HEAD has no body, and so needs no length to keep its connection (RFC 9112, section 6.3).
func TestAnswerToHeadWithoutLength(t *testing.T) {
	f := func(answer string, kept bool) {
		t.Helper()
		up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
			for {
				if _, _, err := readRequest(br); err != nil {
					return
				}
				_, _ = io.WriteString(conn, answer)
			}
		})
		addr, _ := startTap(t, up, nil)
		conn, br := dial(t, addr)
		send(t, conn, "HEAD /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n")
		expect(t, br, answer)
		if !kept {
			_, err := br.ReadByte()
			require.ErrorIs(t, err, io.EOF)
			return
		}
		send(t, conn, "HEAD /v1/models HTTP/1.1\r\nHost: tap\r\n\r\n")
		expect(t, br, answer)
	}
	f("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", true)
	f("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", true)
	f("HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\n", false)
	f("HTTP/1.0 200 OK\r\n\r\n", false)
}

// The announcement that an answer is the last stands in place of what the server says of its own connection.
func TestLastAnswerSaysSoOnce(t *testing.T) {
	f := func(head, want string) {
		t.Helper()
		s := &session{}
		a := (&transfer{session: s}).lastAnswer(arrival{[]byte(head + "ok"), len(head)})
		require.Equal(t, want, string(a.head()))
		require.Equal(t, want+"ok", string(a.bytes))
	}
	f("HTTP/1.1 200 OK\r\nX: a\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\r\nConnection: close\r\n\r\n")
	f("HTTP/1.1 200 OK\r\nconnection: keep-alive\r\nX: a\r\nKeep-Alive: timeout=5\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\r\nConnection: close\r\n\r\n")
	f("HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
}

// A server may close its connection after a request of HTTP/1.0 without a word, so no other request is sent there.
func TestConnectionOfAnOldRequestIsNotUsedAgain(t *testing.T) {
	connections := make(chan struct{}, 10)
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		connections <- struct{}{}
		for {
			if _, _, err := readRequest(br); err != nil {
				return
			}
			_, _ = conn.Write(plainAnswer)
		}
	})
	addr, _ := startTap(t, up, nil)
	conn, br := dial(t, addr)
	send(t, conn, "GET / HTTP/1.0\r\nHost: t\r\nConnection: keep-alive\r\n\r\n")
	expect(t, br, string(plainAnswer))
	send(t, conn, post("{}"))
	expect(t, br, string(plainAnswer))
	require.Len(t, connections, 2)
}
