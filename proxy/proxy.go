package proxy

import (
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

	malformed    atomic.Int64
	unauthorized atomic.Int64
	unrouted     atomic.Int64
	handshakes   atomic.Int64 // that failed
	faults       atomic.Int64

	mu        sync.Mutex
	requests  int64 // of connections that are closed
	refused   int64
	conns     map[*clientConn]struct{}
	addresses map[netip.Addr]int // open connections of each client address
	listeners []net.Listener
	stop      chan struct{}  // closed under mu
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
		e.Release()
	}
}
