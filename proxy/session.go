package proxy

import (
	"bufio"
	"errors"
	"strings"
	"sync"

	"github.com/llmtap/llmtap/internal/exchange"
)

const (
	clientBufferBytes = 4 << 10
	// pieceBytes is how much of a large body is passed on at once.
	pieceBytes = 64 << 10
)

var pieces = sync.Pool{New: func() any { return new([pieceBytes]byte) }}

// session serves the requests of one client connection, one after the other. It is the client's side of each transfer.
type session struct {
	p        *Proxy
	c        *clientConn
	br       *bufio.Reader
	req      request
	transfer *transfer
	lingers  bool // before it closes the connection
}

func newSession(p *Proxy, c *clientConn) *session {
	s := &session{p: p, c: c}
	s.br = s.newReader()
	s.transfer = newTransfer(s)
	c.onCut(s.transfer.stop)
	s.req.DisableNormalizing()
	return s
}

func (s *session) newReader() *bufio.Reader {
	return bufio.NewReaderSize(s.c, min(clientBufferBytes, s.p.cfg.Limits.HeaderBytes))
}

func (s *session) serve() {
	if !s.handshake() {
		return
	}
	for s.readHead() {
		s.c.requests.Add(1)
		s.c.inFlight.Store(1)
		keep := s.handle()
		s.c.inFlight.Store(0)
		if !keep {
			break
		}
		s.forgetLargeHead()
	}
	if s.lingers {
		linger(s.c.Conn)
	}
}

// handle serves one request. It gives false when the connection cannot be used further.
func (s *session) handle() (keep bool) {
	t := s.transfer
	t.begin()
	defer func() {
		if r := recover(); r != nil {
			t.end, t.cause, keep = exchange.TapFailed, "panic", false
			t.killUpstream()
		}
		t.finish()
	}()
	if err := s.req.inspect(s.p); err != nil {
		s.p.malformed.Add(1)
		path, _, _ := strings.Cut(string(s.req.RequestURI()), "?")
		s.req.route = route{path: path} // not that of the request before; it tells the form of the answer
		refusal := Refusal{Status: 400, Code: "bad_request", Message: "the request cannot be forwarded: " + err.Error()}
		if errors.Is(err, errFields) {
			refusal.Status, refusal.Code = 431, "header_too_large"
		}
		return t.refuse(refusal)
	}
	if !s.allowed() {
		s.p.unauthorized.Add(1)
		return t.refuse(Refusal{Status: 401, Code: "invalid_api_key", Message: "the API key is missing or not accepted here"})
	}
	if s.req.upstream == nil {
		s.p.unrouted.Add(1)
		return t.refuse(Refusal{Status: 404, Code: "no_upstream", Message: "no upstream is configured for this path"})
	}
	t.startRecording()
	return t.run()
}

// allowed tells whether the request may pass. Of upstreams that there are not, preflights learn no more than others without a key.
func (s *session) allowed() bool {
	allow := s.p.cfg.Allow
	return allow == nil || allow(exchange.Header(s.req.RawHeaders())) || s.req.upstream != nil && s.req.isPreflight()
}
