package proxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/valyala/fasthttp"
)

const (
	clientBufferBytes = 4 << 10
	// pieceBytes is how much of a large body is passed on at once.
	pieceBytes = 64 << 10
)

var pieces = sync.Pool{New: func() any { return new([pieceBytes]byte) }}

// session serves the requests of one client connection, one after the other.
type session struct {
	p    *Proxy
	c    *clientConn
	br   *bufio.Reader
	req  request
	resp fasthttp.ResponseHeader
	out  []byte
}

func newSession(p *Proxy, c *clientConn) *session {
	s := &session{p: p, c: c, br: bufio.NewReaderSize(c, clientBufferBytes)}
	s.req.DisableNormalizing()
	s.resp.DisableNormalizing()
	return s
}

func (s *session) serve() {
	if !s.handshake() {
		return
	}
	for s.readHead() {
		s.p.requests.Add(1)
		s.p.inFlight.Add(1)
		keep := s.handle()
		s.p.inFlight.Add(-1)
		if !keep {
			return
		}
	}
}

func (s *session) handshake() bool {
	conn, ok := s.c.Conn.(*tls.Conn)
	if !ok {
		return true
	}
	_ = s.c.SetDeadline(time.Now().Add(s.p.cfg.Limits.HeaderTimeout))
	return conn.Handshake() == nil && s.c.SetDeadline(time.Time{}) == nil
}

// readHead waits for the next request and reads its head. It gives false when the connection is to be closed.
func (s *session) readHead() bool {
	limits := &s.p.cfg.Limits
	if s.br.Buffered() == 0 {
		_ = s.c.SetReadDeadline(time.Now().Add(limits.IdleTimeout))
		if !s.c.setIdle(true) {
			return false
		}
		_, err := s.br.Peek(1)
		if !s.c.setIdle(false) || err != nil {
			return false
		}
	}
	_ = s.c.SetReadDeadline(time.Now().Add(limits.HeaderTimeout))
	s.req.RequestHeader.Reset()
	s.req.DisableNormalizing()
	s.req.plan = plan{}
	err := s.req.Read(s.br)
	var small *fasthttp.ErrSmallBuffer
	if errors.As(err, &small) && s.br.Size() < limits.HeaderBytes {
		s.br = grow(s.br, s.c, limits.HeaderBytes)
		err = s.req.Read(s.br)
	}
	_ = s.c.SetReadDeadline(time.Time{})
	switch {
	case err == nil:
		return true
	case errors.As(err, &small):
		s.answer(nil, Refusal{Status: 431, Code: "header_too_large", Message: "the request head is larger than " +
			strconv.Itoa(limits.HeaderBytes) + " bytes"})
	case isTimeout(err), errors.Is(err, fasthttp.ErrTimeout), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		s.answer(nil, Refusal{Status: 400, Code: "bad_request", Message: "the request is not valid HTTP/1.1"})
	}
	return false
}

// grow gives a larger reader that goes on where br is.
func grow(br *bufio.Reader, conn io.Reader, size int) *bufio.Reader {
	buffered, _ := br.Peek(br.Buffered())
	return bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(buffered)), conn), size)
}

// handle serves one request. It gives false when the connection cannot be used further.
func (s *session) handle() (keep bool) {
	t := &transfer{session: s, start: time.Now()}
	defer func() {
		if r := recover(); r != nil {
			t.end, t.cause, keep = exchange.TapFailed, "panic", false
			t.killUpstream()
		}
		t.finish()
	}()
	if err := s.req.inspect(s.p); err != nil {
		t.end, t.cause = exchange.BadRequest, err.Error()
		return s.answer(t, Refusal{Status: 400, Code: "bad_request", Message: "the request cannot be forwarded: " + err.Error()})
	}
	if s.req.upstream == nil {
		t.end, t.cause = exchange.Refused, "no upstream for this path"
		return s.answer(t, Refusal{Status: 404, Code: "no_upstream", Message: "no upstream is configured for this path"})
	}
	t.prepare()
	return t.run()
}

func itoa(n int) string { return strconv.Itoa(n) }
