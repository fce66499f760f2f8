package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Proxy is a tap. It serves any number of listeners.
type Proxy struct {
	cfg       Config
	sink      exchange.Sink
	upstreams []*upstream
	copies    budget
	watcher   watcher

	dropped      atomic.Int64
	unauthorized atomic.Int64
	handshakes   atomic.Int64 // that failed
	faults       atomic.Int64

	mu        sync.Mutex
	requests  int64 // of connections that are closed
	refused   int64
	conns     map[*clientConn]struct{}
	addresses map[netip.Addr]int // open connections of each client address
	listeners map[net.Listener]struct{}
	stopping  bool
	stop      chan struct{}
	serving   sync.WaitGroup // listeners
	wg        sync.WaitGroup // connections, and what looks after those to the upstreams
}

// New makes a proxy that offers finished exchanges to sink. It reports every problem of the configuration at once.
func New(cfg Config, sink exchange.Sink) (*Proxy, error) {
	p := &Proxy{
		cfg:       cfg,
		sink:      sink,
		conns:     make(map[*clientConn]struct{}),
		addresses: make(map[netip.Addr]int),
		listeners: make(map[net.Listener]struct{}),
		stop:      make(chan struct{}),
	}
	p.copies.total = cfg.Limits.CopyBytesTotal
	p.copies.free.Store(p.copies.total)
	var problems []error
	if len(cfg.Upstreams) == 0 {
		problems = append(problems, errors.New("no upstream is configured"))
	}
	for _, u := range cfg.Upstreams {
		if u.URL == nil || u.URL.Host == "" || (u.URL.Scheme != "http" && u.URL.Scheme != "https") {
			problems = append(problems, fmt.Errorf("upstream %q: url must be http://host:port or https://host:port", u.Name))
			continue
		}
		p.upstreams = append(p.upstreams, newUpstream(u, cfg.Limits))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	p.wg.Go(p.expireIdle)
	return p, nil
}

// Serve accepts connections until Shutdown. It returns nil after Shutdown.
func (p *Proxy) Serve(ln net.Listener) error {
	if !p.listen(ln) {
		return ln.Close()
	}
	defer p.serving.Done()
	var stopBy time.Time
	for quiet := 0; ; {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			quiet = 0
			p.accept(conn)
		case p.isStopping():
			if stopBy.IsZero() {
				stopBy = time.Now().Add(lastAcceptsMax)
			}
			if quiet++; quiet > quietWindows || time.Now().After(stopBy) || !acceptUntil(ln, time.Now().Add(lastAccepts)) {
				_ = ln.Close()
				return nil
			}
		case isTimeout(err) || isTemporary(err):
			p.pause(acceptPause)
		default:
			return err
		}
	}
}

const (
	// acceptPause is how long accepting rests when the process is out of descriptors or the like.
	acceptPause = 50 * time.Millisecond
	// A listener goes on at shutdown until nobody has come for some windows: connections that the kernel has made
	// already, or is about to make, would be reset. Where no other process takes over they may come without end.
	lastAccepts    = 25 * time.Millisecond
	quietWindows   = 2
	lastAcceptsMax = time.Second
)

// acceptUntil bounds accepting; false means that it has ended.
func acceptUntil(ln net.Listener, at time.Time) bool {
	tcp, ok := ln.(*net.TCPListener)
	return ok && tcp.SetDeadline(at) == nil
}

func (p *Proxy) listen(ln net.Listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		return false
	}
	p.listeners[ln] = struct{}{}
	p.serving.Add(1)
	return true
}

func (p *Proxy) accept(conn net.Conn) {
	c := &clientConn{timedConn: timedConn{Conn: conn}, raw: conn, address: addressOf(conn)}
	if p.cfg.TLS != nil {
		c.Conn = tls.Server(conn, p.cfg.TLS)
	}
	c.watch = newWatch(conn)
	if !p.admit(c) {
		_ = conn.Close()
		return
	}
	p.wg.Go(func() {
		defer p.forget(c)
		newSession(p, c).serve()
	})
}

// admit takes a connection in, unless a limit on their number is reached.
func (p *Proxy) admit(c *clientConn) bool {
	limits := &p.cfg.Limits
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.conns) >= limits.Connections, p.addresses[c.address] >= limits.ConnectionsPerAddress:
		p.refused++
		return false
	}
	c.draining = p.stopping
	p.conns[c] = struct{}{}
	p.addresses[c.address]++
	return true
}

func (p *Proxy) forget(c *clientConn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	if p.addresses[c.address]--; p.addresses[c.address] == 0 {
		delete(p.addresses, c.address)
	}
	p.requests += c.requests.Load()
}

// addressOf gives the client's address; that of an unknown kind is the zero address, which all such share.
func addressOf(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	address := tcp.AddrPort().Addr().Unmap()
	if address.Is6() {
		address = netip.PrefixFrom(address, clientPrefixBits).Masked().Addr()
	}
	return address
}

// clientPrefixBits is the part of an IPv6 address that stands for one client, who has the rest to choose from.
const clientPrefixBits = 64

// Shutdown stops accepting, lets calls in flight finish within the drain time or ctx, then cuts them. Connections that
// are kept alive serve one more call, whose answer says that it is the last, or end when none comes.
func (p *Proxy) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Limits.DrainTimeout)
	defer cancel()
	if !p.beginStop() {
		return nil
	}
	p.serving.Wait()
	drained := make(chan struct{})
	go func() {
		p.wg.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
		p.each((*clientConn).cut)
		p.closeAfter(lastWords, drained)
	}
	for _, u := range p.upstreams {
		u.closeIdle(0)
	}
	return nil
}

func (p *Proxy) beginStop() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		return false
	}
	p.stopping = true
	close(p.stop)
	for ln := range p.listeners {
		if !acceptUntil(ln, time.Now().Add(lastAccepts)) {
			_ = ln.Close()
		}
	}
	for c := range p.conns {
		c.drain()
	}
	return true
}

// lastWords is how long clients whose calls were cut may take to be told so.
const lastWords = time.Second

// closeAfter closes what has not ended in time, and waits for its end.
func (p *Proxy) closeAfter(d time.Duration, drained <-chan struct{}) {
	select {
	case <-drained:
	case <-time.After(d):
		p.each(func(c *clientConn) {
			p.watcher.remove(c)
			_ = c.raw.Close()
		})
		<-drained
	}
}

func (p *Proxy) each(do func(*clientConn)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		do(c)
	}
}

func (p *Proxy) isStopping() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}

// pause waits; false means that the proxy stops.
func (p *Proxy) pause(d time.Duration) bool {
	select {
	case <-p.stop:
		return false
	case <-time.After(d):
		return true
	}
}

func (p *Proxy) expireIdle() {
	for p.pause(time.Second) {
		for _, u := range p.upstreams {
			u.closeIdle(idleUpstreamAge)
		}
	}
}

// upstreamFor gives the upstream with the longest prefix that matches whole segments of the path; nil when none does.
func (p *Proxy) upstreamFor(path string) *upstream {
	var best *upstream
	for _, u := range p.upstreams {
		rest, ok := strings.CutPrefix(path, u.Prefix)
		if !ok || (u.Prefix != "" && rest != "" && rest[0] != '/') {
			continue
		}
		if best == nil || len(u.Prefix) > len(best.Prefix) {
			best = u
		}
	}
	return best
}

func (p *Proxy) record(method, path string) bool {
	return p.cfg.Record != nil && p.cfg.Record(method, path)
}

// offer hands a finished exchange to the sink.
func (p *Proxy) offer(e *exchange.Exchange) {
	if !p.sink.Offer(e) {
		p.dropped.Add(1)
		e.Release()
	}
}

// Stats gives the counters since the start. Each connection counts for itself, so that none waits for another.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{
		Requests:     p.requests,
		Refused:      p.refused,
		Unauthorized: p.unauthorized.Load(),
		Handshakes:   p.handshakes.Load(),
		Connections:  int64(len(p.conns)),
		Dropped:      p.dropped.Load(),
		Faults:       p.faults.Load(),
		CopiesCut:    p.copies.cut.Load(),
	}
	for c := range p.conns {
		s.Requests += c.requests.Load()
		s.InFlight += c.inFlight.Load()
	}
	return s
}

// Stats are counters of a Proxy.
type Stats struct {
	Requests    int64
	InFlight    int64
	Connections int64
	// Refused counts connections that a limit on their number turned away.
	Refused int64
	// Unauthorized counts requests that Config.Allow did not let pass.
	Unauthorized int64
	// Handshakes counts client connections whose TLS handshake failed: no client certificate, say, or no TLS.
	Handshakes int64
	// Faults counts calls that went on without a hook because it had panicked.
	Faults int64
	// Dropped counts recorded calls that the sink did not take.
	Dropped int64
	// CopiesCut counts bodies and headers whose copy was cut by Limits.CopyBytesTotal.
	CopiesCut int64
}

// isTemporary tells errors of accept that pass, such as too many open files.
func isTemporary(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}
