package proxy

import (
	"context"
	"time"
)

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
	if p.isStopping() {
		return false
	}
	for c := range p.conns {
		c.drain()
	}
	close(p.stop)
	for _, ln := range p.listeners {
		if !acceptUntil(ln, time.Now().Add(lastAccepts)) {
			_ = ln.Close()
		}
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
