package proxy

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// That none of the request could be written is the upstream's failure, not one of the tap.
func TestUpstreamThatTakesNoneOfTheRequest(t *testing.T) {
	rec := recorder{got: make(chan *exchange.Exchange, 2)}
	stays := make(chan struct{}) // with its connection open
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		_, _ = conn.Write(plainAnswer)
		<-stays
	})
	t.Cleanup(func() { close(stays) })
	addr, p := serveTap(t, up, nil, rec)
	conn, br := dial(t, addr)
	send(t, conn, post("{}"))
	expect(t, br, string(plainAnswer))
	require.Equal(t, exchange.Completed, rec.next(t).End)
	require.NoError(t, p.upstreams[0].idle[0].raw.(*net.TCPConn).CloseWrite())
	send(t, conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	expect(t, br, "HTTP/1.1 502 Bad Gateway\r\n")
	e := rec.next(t)
	require.Equal(t, exchange.UpstreamBroken, e.End)
	require.Equal(t, "request not taken", e.Cause)
	require.False(t, e.Sent)
}

// The time that the upstream has to take the request is not followed by that for its answer.
func TestUploadThatNobodyTakesInTime(t *testing.T) {
	const size = 32 << 20 // more than the kernel keeps
	f := func(name, framing string, copied int, answer, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
				_, _ = br.ReadByte()
				_, _ = io.WriteString(conn, answer)
				<-t.Context().Done()
			})
			addr, rec := startTap(t, up, func(cfg *Config) {
				cfg.Limits.StallTimeout, cfg.Limits.BodyCopyBytes = 500*time.Millisecond, copied
			})
			conn, br := dial(t, addr)
			go func() {
				_, _ = io.WriteString(conn, "POST /v1/x HTTP/1.1\r\nHost: tap\r\n"+framing+strings.Repeat("x", size))
			}()
			expect(t, br, want)
			require.False(t, rec.next(t).Sent)
		})
	}
	length := "Content-Length: " + strconv.Itoa(size) + "\r\n\r\n"
	chunk := "Transfer-Encoding: chunked\r\n\r\n" + strconv.FormatInt(size, 16) + "\r\n"
	const late = "HTTP/1.1 504 Gateway Timeout\r\n"
	const answer = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"
	f("passed on as it comes", length, 1<<20, "", late)
	f("chunked", chunk, 1<<20, "", late)
	f("read before", length, size, "", late)
	f("read before, answered", length, size, answer, answer)
}
