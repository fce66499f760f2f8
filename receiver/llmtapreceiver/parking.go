package llmtapreceiver

import (
	"net"
	"os"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
)

// parking keeps the listening sockets of receivers between a shutdown and the next start, as when the Collector's
// configuration is loaded anew: meanwhile the kernel keeps the connections that come.
type parking struct {
	mu      sync.Mutex
	sockets map[component.ID]parkedSocket
	parks   int // how often a socket was parked
}

var parked = parking{sockets: map[component.ID]parkedSocket{}}

type parkedSocket struct {
	*os.File
	listening
}

// listening is where and how a receiver listens.
type listening struct {
	endpoint  string
	reusePort bool
}

// parkedMax is how long sockets wait for the next start, from the end of the last shutdown on.
const parkedMax = time.Minute

func (p *parking) put(id component.ID, socket parkedSocket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, ok := p.sockets[id]; ok {
		_ = before.Close()
	}
	p.sockets[id] = socket
	p.parks++
}

// take gives a socket that listens so: the receiver's own, or that of another, as when it was renamed. An own one that
// listens otherwise is closed, so that nobody waits there.
func (p *parking) take(id component.ID, at listening) *os.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own, ok := p.sockets[id]; ok {
		delete(p.sockets, id)
		if own.listening == at {
			return own.File
		}
		_ = own.Close()
	}
	for other, socket := range p.sockets {
		if socket.listening == at {
			delete(p.sockets, other)
			return socket.File
		}
	}
	return nil
}

// closePort closes the sockets that are in the way of one with the same port, and tells whether there were any.
func (p *parking) closePort(endpoint string) (closed bool) {
	_, port, _ := net.SplitHostPort(endpoint)
	return p.closeIf(func(socket parkedSocket) bool {
		_, other, _ := net.SplitHostPort(socket.endpoint)
		return other == port
	})
}

func (p *parking) closeIf(unwanted func(parkedSocket) bool) (closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, socket := range p.sockets {
		if unwanted(socket) {
			delete(p.sockets, id)
			_ = socket.Close()
			closed = true
		}
	}
	return closed
}

// closeLater is called at the end of a shutdown. It closes the sockets of receivers that do not start again, unless
// another one is parked before: then that shutdown has still to end.
func (p *parking) closeLater() {
	p.mu.Lock()
	parks := p.parks
	p.mu.Unlock()
	time.AfterFunc(parkedMax, func() {
		p.closeIf(func(parkedSocket) bool { return p.parks == parks })
	})
}
