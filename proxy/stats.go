package proxy

// Stats gives the counters since the start. Each connection counts for itself, so that none waits for another.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{
		Requests:     p.requests,
		Refused:      p.refused,
		Malformed:    p.malformed.Load(),
		Unauthorized: p.unauthorized.Load(),
		Unrouted:     p.unrouted.Load(),
		Handshakes:   p.handshakes.Load(),
		Connections:  int64(len(p.conns)),
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
	// Requests counts those that were taken, model calls and others.
	Requests int64
	// InFlight is how many requests are passed on now, Connections how many connections of clients are open.
	InFlight    int64
	Connections int64
	// Refused counts connections that a limit on their number turned away.
	Refused int64
	// Malformed counts requests that are not valid or that servers could read in two ways, and heads over the limits.
	Malformed int64
	// Unauthorized counts requests that Config.Allow did not let pass.
	Unauthorized int64
	// Unrouted counts requests for paths that no upstream has.
	Unrouted int64
	// Handshakes counts client connections whose TLS handshake failed: no client certificate, say, or no TLS.
	Handshakes int64
	// Faults counts calls that went on without a hook because it had panicked.
	Faults int64
	// CopiesCut counts bodies and headers whose copy was cut by Limits.CopyBytesTotal.
	CopiesCut int64
}
