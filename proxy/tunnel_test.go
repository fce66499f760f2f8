package proxy

import (
	"bufio"
	"cmp"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

const (
	upgrade  = "GET /v1/realtime HTTP/1.1\r\nHost: tap\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
	upgraded = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)

// openTunnel gives a client with a tunnel to a server that does what serve says. A limit of 0 is the default.
func openTunnel(t *testing.T, limit time.Duration, serve func(net.Conn, *bufio.Reader)) (net.Conn, *bufio.Reader, recorder) {
	t.Helper()
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		head, _, _ := readRequest(br)
		if strings.Contains(head, "Connection: Upgrade") {
			_, _ = io.WriteString(conn, upgraded)
		}
		serve(conn, br)
	})
	addr, rec := startTap(t, up, func(cfg *Config) {
		cfg.Record = func(string, string) bool { return true }
		cfg.Limits.TunnelTimeout = cmp.Or(limit, cfg.Limits.TunnelTimeout)
	})
	conn, br := dial(t, addr)
	send(t, conn, upgrade)
	expect(t, br, upgraded)
	return conn, br, rec
}

func TestTunnel(t *testing.T) {
	conn, br, rec := openTunnel(t, 0, func(conn net.Conn, br *bufio.Reader) {
		_, _ = io.WriteString(conn, "hi")
		_, _ = io.CopyN(conn, br, 5)
	})
	expect(t, br, "hi")
	send(t, conn, "hello")
	expect(t, br, "hello")
	_, err := br.ReadByte()
	require.ErrorIs(t, err, io.EOF)
	e := rec.next(t)
	require.Equal(t, 101, e.Status)
	require.EqualValues(t, 5, e.Request.Size)
	require.EqualValues(t, 7, e.Response.Size)
}

// Node reads no other request from a connection of which it has told an upgrade (its documentation of http, event 'upgrade'): what
// comes next goes to whoever answered that.
func TestConnectionThatWasToBeUpgradedServesNoOther(t *testing.T) {
	const refused = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		if head, _, _ := readRequest(br); strings.Contains(head, "Upgrade: websocket") {
			_, _ = io.WriteString(conn, refused)
			_, _ = br.ReadByte()
			return
		}
		_, _ = io.WriteString(conn, answer)
	})
	addr, _ := startTap(t, up, nil)
	conn, br := dial(t, addr)
	send(t, conn, upgrade)
	expect(t, br, refused)
	send(t, conn, post("{}"))
	expect(t, br, answer)
}

func TestServerThatBreaksATunnel(t *testing.T) {
	_, br, rec := openTunnel(t, 0, func(conn net.Conn, _ *bufio.Reader) {
		_, _ = io.WriteString(conn, "event")
		reset(conn)
	})
	expect(t, br, "event")
	_, err := br.ReadByte()
	require.ErrorIs(t, err, resets[0])
	e := rec.next(t)
	require.Equal(t, exchange.UpstreamBroken, e.End)
	require.EqualValues(t, len("event"), e.Response.Size)
}

// Whichever direction meets the reset of a server, the other takes it for an end in order.
func TestServerThatBreaksATunnelThatIsBusy(t *testing.T) {
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		_, _ = io.WriteString(conn, upgraded)
		_, _ = br.ReadByte()
		reset(conn)
	})
	addr, rec := startTap(t, up, func(cfg *Config) { cfg.Record = func(string, string) bool { return true } })
	for range 100 {
		conn, br := dial(t, addr)
		send(t, conn, upgrade)
		expect(t, br, upgraded)
		for err := error(nil); err == nil; {
			_, err = io.WriteString(conn, "audio")
		}
		require.Equal(t, exchange.UpstreamBroken, rec.next(t).End)
	}
}

// resetConn is a server's connection whose reset sending meets, before what the server had sent is read.
type resetConn struct {
	net.Conn
	sent   io.Reader
	met    chan struct{}
	closed atomic.Bool
}

func (c *resetConn) Write([]byte) (int, error) { return 0, resets[0] }
func (c *resetConn) CloseWrite() error         { close(c.met); return nil }
func (c *resetConn) Close() error              { c.closed.Store(true); return nil }
func (c *resetConn) Read(b []byte) (int, error) {
	<-c.met
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	return c.sent.Read(b)
}

// A server may say why before it closes a connection from which it has not read all.
func TestWhatAServerSentBeforeItsResetIsPassedOn(t *testing.T) {
	_, p := serveTap(t, "127.0.0.1:1", nil, recorder{})
	conn, client := net.Pipe()
	idle, _ := net.Pipe()
	server := &resetConn{Conn: idle, sent: strings.NewReader("policy violation"), met: make(chan struct{})}
	s := newSession(p, &clientConn{timedConn: timedConn{Conn: conn}, raw: conn})
	s.transfer.up = &upstreamConn{timedConn: timedConn{Conn: server}, raw: server, br: bufio.NewReader(server)}
	var wg sync.WaitGroup
	wg.Go(func() { s.transfer.tunnel() })
	send(t, client, "audio")
	got, _ := io.ReadAll(client)
	require.Equal(t, "policy violation", string(got))
	wg.Wait()
	require.Equal(t, exchange.UpstreamBroken, s.transfer.end)
}

func TestClientThatBreaksATunnel(t *testing.T) {
	gone := make(chan time.Time, 1)
	conn, _, rec := openTunnel(t, 0, func(_ net.Conn, br *bufio.Reader) {
		_, _ = io.Copy(io.Discard, br)
		gone <- time.Now()
		<-t.Context().Done() // and it does not end in its turn
	})
	send(t, conn, "hello")
	left := time.Now()
	reset(conn)
	require.Less(t, (<-gone).Sub(left), lastWords)
	e := rec.next(t)
	require.Equal(t, exchange.ClientGone, e.End)
	require.Less(t, e.Duration, lastWords, "a client that is gone is told nothing more")
}

// A server that has said all may still be told something, as the frame that closes a WebSocket. And what it said must reach a
// client that is sending: a connection that is closed before all was read from it is reset.
func TestServerThatEndsATunnelFirst(t *testing.T) {
	heard := make(chan string, 1)
	last := strings.Repeat("event", 200_000) // more than the client reads at once
	conn, br, rec := openTunnel(t, 0, func(conn net.Conn, br *bufio.Reader) {
		_, _ = br.Peek(5)
		_, _ = io.WriteString(conn, last)
		_ = conn.(*net.TCPConn).CloseWrite()
		got, _ := io.ReadAll(br)
		heard <- string(got)
	})
	send(t, conn, "audio")
	expect(t, br, last)
	_, err := br.ReadByte()
	require.ErrorIs(t, err, io.EOF)
	send(t, conn, "closing")
	require.NoError(t, conn.Close())
	require.Equal(t, "audioclosing", <-heard)
	e := rec.next(t)
	require.Equal(t, exchange.Completed, e.End)
	require.EqualValues(t, len("audioclosing"), e.Request.Size)
	require.EqualValues(t, len(last), e.Response.Size)
}

// A client that does not end in its turn is not waited for for long.
func TestClientThatOutlastsItsTunnel(t *testing.T) {
	conn, br, rec := openTunnel(t, 0, func(net.Conn, *bufio.Reader) {})
	_, err := br.ReadByte()
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, exchange.Completed, rec.next(t).End)
	require.NoError(t, conn.Close())
}

// A WebSocket ends when its client has left, also where the server does not end in its turn.
func TestTunnelEndsWithItsClient(t *testing.T) {
	conn, _, rec := openTunnel(t, 0, func(net.Conn, *bufio.Reader) { <-t.Context().Done() })
	require.NoError(t, conn.Close())
	require.Equal(t, exchange.ClientGone, rec.next(t).End)
}

func TestTunnelThatIsSilentIsCutOff(t *testing.T) {
	const limit = 600 * time.Millisecond
	f := func(name string, leaves bool) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			conn, br, rec := openTunnel(t, limit, func(conn net.Conn, br *bufio.Reader) {
				_, _ = io.Copy(conn, br)
				<-t.Context().Done() // it does not care whether its client is there
			})
			for begin := time.Now(); time.Since(begin) < 2*limit; { // what passes keeps it open
				send(t, conn, "hello")
				expect(t, br, "hello")
			}
			if leaves {
				require.NoError(t, conn.Close())
			}
			require.Equal(t, exchange.UpstreamTimeout, rec.next(t).End)
		})
	}
	f("both are there", false)
	f("the client has left and the server does not care", true)
}
