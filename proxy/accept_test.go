package proxy

import (
	"context"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// failingListener fails at first, as accept does when there is no memory for sockets.
type failingListener struct {
	net.Listener
	failures atomic.Int32
	err      error
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", l.err)}
	}
	return l.Listener.Accept()
}

func TestServeGoesOnAfterErrorsThatPass(t *testing.T) {
	f := func(failure, want error) {
		t.Helper()
		base, err := url.Parse("http://127.0.0.1:1")
		require.NoError(t, err)
		cfg := NewConfig()
		cfg.Upstreams = []Upstream{{Name: "up", URL: base, Prefix: "/up"}}
		p, err := New(cfg, nil)
		require.NoError(t, err)
		ln := &failingListener{Listener: listen(t), err: failure}
		ln.failures.Store(1)
		served := make(chan error, 1)
		go func() { served <- p.Serve(ln) }()
		if want != nil {
			require.ErrorIs(t, <-served, want)
			served <- nil
		} else {
			conn, br := dial(t, ln.Addr().String())
			send(t, conn, "GET / HTTP/1.1\r\nHost: tap\r\nConnection: close\r\n\r\n")
			expect(t, br, "HTTP/1.1 404 Not Found\r\n")
			require.NoError(t, conn.Close())
		}
		require.NoError(t, p.Shutdown(context.Background()))
		require.NoError(t, <-served)
	}
	f(syscall.EMFILE, nil)
	f(passing[0], nil)
	f(syscall.EBADF, syscall.EBADF)
}
