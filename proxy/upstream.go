package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	upstreamBufferBytes = 8 << 10
	// idleUpstreamAge is how long a connection stays reusable: below the 5 s after which uvicorn and llama.cpp close
	// theirs, so that a request seldom meets a connection that is just being closed.
	idleUpstreamAge = 4 * time.Second
	tcpKeepAlive    = 30 * time.Second
	// A server that closes a connection within closedSoon of its first answer is taken for one that does so always, for
	// noReuseFor.
	closedSoon = time.Second
	noReuseFor = time.Minute
)

// upstream is a model server and its idle connections.
type upstream struct {
	Upstream
	host     string // for the Host field
	address  string // to dial
	hostname string // without port
	port     int
	basePath string
	limits   Limits

	mu   sync.Mutex
	idle []*upstreamConn // most recently used last
	// noReuseUntil is until when connections are not kept, because the server closes them after its answers without saying so.
	noReuseUntil time.Time
}

func newUpstream(cfg Upstream, limits Limits) *upstream {
	port := cfg.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[cfg.URL.Scheme]
	}
	number, _ := strconv.Atoi(port) // checked by url.Parse
	return &upstream{
		Upstream: cfg,
		host:     cfg.URL.Host,
		address:  net.JoinHostPort(cfg.URL.Hostname(), port),
		hostname: cfg.URL.Hostname(),
		port:     number,
		basePath: basePath(cfg.URL),
		limits:   limits,
	}
}

// basePath gives the path to put before that of a request: empty, or with a slash at its beginning and none at its end.
func basePath(u *url.URL) string {
	if path := strings.Trim(u.EscapedPath(), "/"); path != "" {
		return "/" + path
	}
	return ""
}

// upstreamConn is one connection to a model server.
type upstreamConn struct {
	timedConn
	raw    net.Conn // below TLS
	br     *bufio.Reader
	reused bool
	since  time.Time // idle since
	served int       // requests
	cut    atomic.Bool
	probe  *probe
}

// isRead tells that nothing has come behind the answer. TLS takes whole records from the kernel: what it holds of one is
// asked for by a read that must not wait.
func (c *upstreamConn) isRead() bool {
	if c.raw == c.Conn || c.br.Buffered() > 0 {
		return c.br.Buffered() == 0
	}
	_ = c.SetReadDeadline(longAgo)
	_, err := c.br.Peek(1)
	c.readBy = deadline{}
	return isTimeout(err) && c.SetReadDeadline(time.Time{}) == nil
}

// kill makes every read and write on the connection fail at once.
func (c *upstreamConn) kill() {
	c.cut.Store(true)
	_ = c.raw.Close()
}

// reuse gives an idle connection that is still open; nil when there is none.
func (u *upstream) reuse() *upstreamConn {
	for c := u.pop(); c != nil; c = u.pop() {
		if time.Since(c.since) < idleUpstreamAge && c.probe.quiet() {
			c.reused = true
			return c
		}
		u.noteClosed(c)
		_ = c.Close()
	}
	return nil
}

// noteClosed notes that the server has closed a connection that was idle.
func (u *upstream) noteClosed(c *upstreamConn) {
	now := time.Now()
	if c.served > 1 || now.Sub(c.since) >= closedSoon {
		return
	}
	u.mu.Lock()
	u.noReuseUntil = now.Add(noReuseFor)
	u.mu.Unlock()
}

func (u *upstream) pop() *upstreamConn {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := len(u.idle)
	if n == 0 {
		return nil
	}
	c := u.idle[n-1]
	u.idle[n-1] = nil
	u.idle = u.idle[:n-1]
	return c
}

// put keeps a connection for the next request.
func (u *upstream) put(c *upstreamConn) {
	if !c.isRead() {
		_ = c.Close()
		return
	}
	c.since = time.Now()
	c.served++
	u.mu.Lock()
	full := len(u.idle) >= u.limits.IdleUpstream || c.since.Before(u.noReuseUntil)
	if !full {
		u.idle = append(u.idle, c)
	}
	u.mu.Unlock()
	if full {
		_ = c.Close()
	}
}

// closeIdle closes the connections that have been idle for at least age.
func (u *upstream) closeIdle(age time.Duration) {
	u.mu.Lock()
	n := 0
	for n < len(u.idle) && time.Since(u.idle[n].since) >= age {
		_ = u.idle[n].Close()
		n++
	}
	u.idle = slices.Delete(u.idle, 0, n)
	u.mu.Unlock()
}

func (u *upstream) dial(ctx context.Context) (*upstreamConn, error) {
	ctx, cancel := context.WithTimeout(ctx, u.limits.DialTimeout)
	defer cancel()
	dialer := net.Dialer{KeepAlive: tcpKeepAlive}
	raw, err := dialer.DialContext(ctx, "tcp", u.address)
	if err != nil {
		return nil, err
	}
	conn := raw
	if u.URL.Scheme == "https" {
		if conn, err = u.handshake(ctx, raw); err != nil {
			_ = raw.Close()
			return nil, handshakeError{err}
		}
	}
	return &upstreamConn{
		timedConn: timedConn{Conn: conn}, raw: raw, probe: newProbe(raw),
		br: bufio.NewReaderSize(conn, min(upstreamBufferBytes, u.limits.HeaderBytes)),
	}, nil
}

func (u *upstream) handshake(ctx context.Context, raw net.Conn) (net.Conn, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if u.TLS != nil {
		cfg = u.TLS.Clone()
	}
	if cfg.ServerName == "" {
		cfg.ServerName = u.hostname
	}
	cfg.NextProtos = []string{"http/1.1"}
	conn := tls.Client(raw, cfg)
	return conn, conn.HandshakeContext(ctx)
}

// isTimeout tells a deadline that passed from a connection that broke.
func isTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

// noEOF turns the end of a stream in the wrong place into an error of its own.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
