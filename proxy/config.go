// Package proxy is the tap: an HTTP/1.1 proxy that passes every byte on as it was sent and hands a copy of model calls
// to a sink. It knows no JSON and no telemetry.
package proxy

import (
	"crypto/tls"
	"net/url"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Config configures a Proxy. NewConfig returns the defaults.
type Config struct {
	// Upstreams are the only servers that can be reached.
	Upstreams []Upstream
	// Record says by method and path (without query and upstream prefix) whether a request is recorded; nil records none.
	Record func(method, path string) bool
	// Allow says by its header block whether a request may pass; nil lets every request pass. One that may not gets a
	// 401. Preflights of browsers, which have no key, are not asked about.
	Allow func(exchange.Header) bool
	// Unreachable, if set, is called with the reason when no connection to an upstream can be made. The client waits for its
	// return.
	Unreachable func(upstream string, err error)
	// TLS makes the tap serve TLS when set.
	TLS    *tls.Config
	Limits Limits
	Hooks  Hooks
}

// Upstream is a model server.
type Upstream struct {
	// Name names the upstream in spans and rows.
	Name string
	// URL is the base address, http or https. Its path is put before that of the request.
	URL *url.URL
	// Prefix selects the upstream by whole segments at the beginning of the request's path, and is cut off before forwarding.
	// The longest match wins; an empty prefix matches everything.
	Prefix string
	// TLS configures https upstreams; nil for defaults.
	TLS *tls.Config
}

// Limits bound what the tap takes from outside. Their tags are their keys in a configuration.
type Limits struct {
	// BodyCopyBytes bounds the recorded copy of each body. What is passed on has no limit.
	BodyCopyBytes int `mapstructure:"body_copy_bytes"`
	// CopyBytesTotal bounds what is recorded of all calls together: bodies, the part of each header over 8 KiB, and the marks
	// of a call over 1,024. Past it copies are cut.
	CopyBytesTotal int64 `mapstructure:"copy_bytes_total"`
	// HeaderBytes bounds the head of a request or answer.
	HeaderBytes int `mapstructure:"header_bytes"`
	// HeaderFields bounds the number of field lines in a request's head.
	HeaderFields int `mapstructure:"header_fields"`
	// Connections bounds the open client connections.
	Connections int `mapstructure:"connections"`
	// ConnectionsPerAddress bounds those of one client address (of IPv6 one /64).
	ConnectionsPerAddress int `mapstructure:"connections_per_address"`
	// IdleUpstream bounds the idle connections kept per upstream.
	IdleUpstream int `mapstructure:"idle_upstream"`

	HeaderTimeout   time.Duration `mapstructure:"header_timeout"`   // for the head of a request to arrive once it has begun
	IdleTimeout     time.Duration `mapstructure:"idle_timeout"`     // for the next request on a client connection
	DialTimeout     time.Duration `mapstructure:"dial_timeout"`     // for a connection to the upstream
	ResponseTimeout time.Duration `mapstructure:"response_timeout"` // for the head of the answer; model servers may think for minutes
	StallTimeout    time.Duration `mapstructure:"stall_timeout"`    // without any byte in the middle of a body
	TunnelTimeout   time.Duration `mapstructure:"tunnel_timeout"`   // without any byte in either direction of a WebSocket
	DrainTimeout    time.Duration `mapstructure:"drain_timeout"`    // for calls in flight at shutdown
}

// NewConfig gives a configuration with the default limits and no upstream.
func NewConfig() Config {
	return Config{Limits: Limits{
		BodyCopyBytes:         4 << 20,
		CopyBytesTotal:        256 << 20,
		HeaderBytes:           64 << 10,
		HeaderFields:          512,
		Connections:           16_384,
		ConnectionsPerAddress: 16_384,
		IdleUpstream:          1024,
		HeaderTimeout:         10 * time.Second,
		IdleTimeout:           2 * time.Minute,
		DialTimeout:           5 * time.Second,
		ResponseTimeout:       10 * time.Minute,
		StallTimeout:          10 * time.Minute,
		TunnelTimeout:         time.Hour,
		DrainTimeout:          30 * time.Second,
	}}
}
