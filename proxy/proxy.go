package proxy

import (
	"context"
	"errors"
	"net"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Proxy is a running tap.
type Proxy struct{}

// New makes a proxy that offers finished exchanges to sink. It reports every problem of the configuration at once.
func New(cfg Config, sink exchange.Sink) (*Proxy, error) { return nil, errors.New("not built yet") }

// Serve accepts connections until Shutdown. It returns nil after Shutdown.
func (p *Proxy) Serve(ln net.Listener) error { return nil }

// Shutdown stops accepting, lets calls in flight finish within the drain time or ctx, then cuts them.
func (p *Proxy) Shutdown(ctx context.Context) error { return nil }

// Stats gives the counters since the start.
func (p *Proxy) Stats() Stats { return Stats{} }

// Stats are counters of a Proxy.
type Stats struct {
	Requests    int64
	InFlight    int64
	Connections int64
	// Dropped counts recorded calls that the sink did not take.
	Dropped int64
	// CopiesCut counts bodies whose copy was cut by Limits.CopyBytesTotal.
	CopiesCut int64
}
