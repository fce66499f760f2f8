package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

func TestShutdown(t *testing.T) {
	f := func(name string, drain time.Duration, want string, end exchange.End) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			began, finish := make(chan struct{}), make(chan struct{})
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _, _ = readRequest(br)
				close(began)
				<-finish
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			})
			rec := recorder{got: make(chan *exchange.Exchange, 1)}
			addr, p := serveTap(t, up, func(cfg *Config) { cfg.Limits.DrainTimeout = drain }, rec)
			_, idleReader := dial(t, addr)
			conn, _ := dial(t, addr)
			send(t, conn, post("{}"))
			<-began
			stopped := make(chan error, 1)
			go func() { stopped <- p.Shutdown(context.Background()) }()
			_, err := idleReader.ReadByte()
			require.ErrorIs(t, err, io.EOF)
			if end == exchange.Stopped {
				require.NoError(t, <-stopped)
				close(finish)
			} else {
				close(finish)
				require.NoError(t, <-stopped)
			}
			got, _ := io.ReadAll(conn)
			require.Equal(t, want, string(got))
			require.Equal(t, end, rec.next(t).End)
		})
	}
	f("calls finish", time.Minute, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", exchange.Completed)
	const message = `{"error":{"code":"tap_stopped","message":"llmtap: the tap was shut down before the model server had answered","param":null,"type":"server_error"}}`
	f("calls that take too long are cut", 10*time.Millisecond, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: "+
		itoa(len(message))+"\r\nx-llmtap-error: tap_stopped\r\nConnection: close\r\n\r\n"+message, exchange.Stopped)
}

// heldListener accepts its first connection at once, and others only when it is released.
type heldListener struct {
	*net.TCPListener
	accepts  atomic.Int32
	released chan struct{}
}

func (l *heldListener) Accept() (net.Conn, error) {
	if l.accepts.Add(1) > 1 {
		<-l.released
	}
	return l.TCPListener.Accept()
}

// Shutdown under load must lose no call: connections that are kept alive serve one more call, and say so, as do those that only
// the kernel had made before.
func TestDrainAnswersWhatIsUnderway(t *testing.T) {
	up := answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	cfg := NewConfig()
	cfg.Upstreams = []Upstream{{URL: &url.URL{Scheme: "http", Host: up}}}
	p, err := New(cfg, releasing{})
	require.NoError(t, err)
	ln := &heldListener{TCPListener: listen(t).(*net.TCPListener), released: make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- p.Serve(ln) }()
	kept, keptReader := dial(t, ln.Addr().String())
	send(t, kept, post("{}"))
	expect(t, keptReader, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	fresh, freshReader := dial(t, ln.Addr().String())
	stopped := make(chan error, 1)
	go func() { stopped <- p.Shutdown(context.Background()) }()
	<-p.stop
	close(ln.released)
	for _, c := range []struct {
		io.Writer
		io.Reader
	}{{kept, keptReader}, {fresh, freshReader}} {
		send(t, c, post("{}"))
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", string(got))
	}
	require.NoError(t, <-served)
	require.NoError(t, <-stopped)
}

// What takes longer than the drain time ends, whatever it waits for.
func TestShutdownCuts(t *testing.T) {
	f := func(name, request, answer string, serve func(net.Conn), want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			began := make(chan struct{})
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				_, _ = br.ReadString('\n')
				_, _ = io.WriteString(conn, answer)
				close(began)
				serve(conn)
				<-t.Context().Done()
			})
			rec := recorder{got: make(chan *exchange.Exchange, 1)}
			addr, p := serveTap(t, up, func(cfg *Config) {
				cfg.Record = func(string, string) bool { return true }
				cfg.Limits.DrainTimeout = 10 * time.Millisecond
			}, rec)
			conn, br := dial(t, addr)
			send(t, conn, request)
			<-began
			if answer != "" {
				expect(t, br, answer)
			}
			files := make(chan struct{})
			go openFiles(files)
			require.NoError(t, p.Shutdown(context.Background()))
			close(files)
			require.Equal(t, exchange.Stopped, rec.next(t).End)
			got, _ := io.ReadAll(br)
			require.True(t, strings.HasPrefix(string(got), want), "%.40q", got)
		})
	}
	silent := func(net.Conn) {}
	endless := func(conn net.Conn) {
		for piece := []byte(strings.Repeat("x", 1<<20)); ; {
			if _, err := conn.Write(piece); err != nil {
				return
			}
		}
	}
	const unavailable = "HTTP/1.1 503 Service Unavailable\r\n"
	f("call without an answer", post("{}"), "", silent, unavailable)
	f("upload that is sent as it comes", "POST /v1/x HTTP/1.1\r\nHost: tap\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "", silent, unavailable)
	f("stream", post("{}"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", silent, "")
	f("client that does not read", post("{}"), "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", endless, "x")
	f("WebSocket", upgrade, upgraded, silent, "")
	f("WebSocket whose client does not read", upgrade, upgraded, endless, "x")
}

// openFiles takes the descriptors that others have closed, as an exporter or a log may at any time.
func openFiles(stop <-chan struct{}) {
	for range 400 {
		if f, err := os.Open(os.DevNull); err == nil {
			defer func() { _ = f.Close() }()
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
	}
	<-stop
}

// Who has sent half of a head or of a handshake does not hold a shutdown up for as long as the time for that.
func TestShutdownWaitsShortlyForHeads(t *testing.T) {
	f := func(sent string, change func(*Config)) {
		t.Helper()
		addr, p := serveTap(t, "127.0.0.1:1", func(cfg *Config) {
			cfg.Limits.HeaderTimeout = time.Minute
			change(cfg)
		}, releasing{})
		conn, br := dial(t, addr)
		send(t, conn, sent)
		require.Eventually(t, func() bool { return p.Stats().Connections == 1 }, 10*time.Second, time.Millisecond)
		require.NoError(t, p.Shutdown(context.Background()))
		_, err := br.ReadByte() // within the time that dial gives
		require.False(t, isTimeout(err))
	}
	cert, _ := certificate(t)
	f("GET / HT", func(*Config) {})
	f("\x16\x03", func(cfg *Config) { cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} })
}

// A stream that ends with its connection does not look whole when it was cut.
func TestShutdownResetsWhatWouldLookWhole(t *testing.T) {
	const beginning = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		_, _, _ = readRequest(br)
		_, _ = io.WriteString(conn, beginning)
		<-t.Context().Done()
	})
	addr, p := serveTap(t, up, func(cfg *Config) { cfg.Limits.DrainTimeout = 10 * time.Millisecond }, releasing{})
	conn, br := dial(t, addr)
	send(t, conn, post("{}"))
	expect(t, br, beginning)
	require.NoError(t, p.Shutdown(context.Background()))
	_, err := br.ReadByte()
	require.ErrorIs(t, err, resets[0])
}

// The drain time may end before anybody has looked at a connection that came late. The request that it has brought is not asked of the
// model server, which a shutdown would wait for.
func TestShutdownCutsWhatNobodyHasLookedAt(t *testing.T) {
	asked := make(chan struct{}, 1)
	up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
		asked <- struct{}{}
	})
	_, p := serveTap(t, up, nil, releasing{})
	ln := listen(t)
	client, br := dial(t, ln.Addr().String())
	send(t, client, post("{}"))
	conn, err := ln.Accept()
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	c := newClientConn(conn, nil)
	require.True(t, p.admit(c))
	p.each((*clientConn).cut)
	newSession(p, c).serve()
	p.forget(c)
	got, _ := io.ReadAll(br)
	require.True(t, len(got) == 0 || strings.HasPrefix(string(got), "HTTP/1.1 503 "), "%.40q", got) // BSD forgets what was sent before a cut
	require.Empty(t, asked)
}
