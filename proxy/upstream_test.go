package proxy

import (
	"bufio"
	"net"
	"testing"

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
