package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/llmtap/llmtap/internal/exchange"
)

const (
	clientBufferBytes = 4 << 10
	// pieceBytes is how much of a large body is passed on at once.
	pieceBytes = 64 << 10
)

var pieces = sync.Pool{New: func() any { return new([pieceBytes]byte) }}

// session serves the requests of one client connection, one after the other. Its memory serves all of them.
type session struct {
	p        *Proxy
	c        *clientConn
	br       *bufio.Reader
	req      request
	resp     fasthttp.ResponseHeader
	out      []byte
	parts    [5][]byte // of one write
	buffers  net.Buffers
	transfer *transfer
	forHooks Request
	onGone   func()
	lingers  bool // before it closes the connection
}

func newSession(p *Proxy, c *clientConn) *session {
	s := &session{p: p, c: c, br: bufio.NewReaderSize(c, clientBufferBytes)}
	s.transfer = &transfer{session: s}
	s.onGone = s.transfer.abort
	c.mu.Lock()
	c.stop = s.transfer.stop
	c.mu.Unlock()
	s.req.DisableNormalizing()
	s.resp.DisableNormalizing()
	return s
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
	}
	if s.lingers {
		s.linger()
	}
}

func (s *session) handshake() bool {
	if _, ok := s.c.Conn.(*tls.Conn); !ok {
		return true
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(s.p.cfg.Limits.HeaderTimeout))
	err := s.await(s.p.cfg.Limits.HeaderTimeout, func(s *session) error {
		return s.c.Conn.(*tls.Conn).HandshakeContext(context.Background())
	})
	s.c.readBy = deadline{}
	return err == nil && s.c.SetDeadline(time.Time{}) == nil
}

// await waits for something of a request to come. A shutdown bounds the time.
func (s *session) await(d time.Duration, read func(*session) error) error {
	now := time.Now()
	s.c.readWithin(now, d)
	if s.c.setIdle(true) {
		s.c.readWithin(now, lastRequestWait)
	}
	err := read(s)
	if s.c.setIdle(false) {
		s.c.readBy = deadline{} // drain has moved it
	}
	return err
}

// readHead waits for the next request and reads its head. It gives false when the connection is to be closed.
func (s *session) readHead() bool {
	if s.br.Buffered() == 0 && !s.awaitRequest() {
		return false
	}
	s.req.plan = plan{}
	var err error
	if buffered, _ := s.br.Peek(s.br.Buffered()); hasHead(bytes.TrimLeft(buffered, "\r\n")) {
		err = s.req.Read(s.br)
	} else {
		err = s.await(s.p.cfg.Limits.HeaderTimeout, func(s *session) error { return s.req.Read(s.br) })
	}
	return err == nil || s.readLargeHead(err)
}

// awaitRequest waits for the first byte of a request.
func (s *session) awaitRequest() bool {
	err := s.await(s.p.cfg.Limits.IdleTimeout, (*session).peek)
	if err != nil && isTimeout(err) && s.c.isDraining() { // maybe because this process did not run, not because nothing has come
		s.c.readWithin(time.Now(), lastLook)
		err = s.peek()
	}
	return err == nil
}

func (s *session) peek() error {
	_, err := s.br.Peek(1)
	return err
}

// readLargeHead goes on where a head did not fit the buffer, and answers where it cannot be read.
func (s *session) readLargeHead(err error) bool {
	limit := s.p.cfg.Limits.HeaderBytes
	var small *fasthttp.ErrSmallBuffer
	if errors.As(err, &small) && s.br.Size() < limit {
		s.br = grow(s.br, s.c, limit)
		err = s.req.Read(s.br)
	}
	switch {
	case err == nil:
		return true
	case errors.As(err, &small):
		s.answer(nil, Refusal{Status: 431, Code: "header_too_large", Message: "the request head is larger than " +
			strconv.Itoa(limit) + " bytes"})
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
		s.req.route = route{} // that of the request before
		t.end, t.cause = exchange.BadRequest, err.Error()
		refusal := Refusal{Status: 400, Code: "bad_request", Message: "the request cannot be forwarded: " + err.Error()}
		if errors.Is(err, errFields) {
			refusal.Status, refusal.Code = 431, "header_too_large"
		}
		return s.answer(t, refusal)
	}
	if s.req.upstream == nil {
		t.end, t.cause = exchange.Refused, "no upstream for this path"
		return s.answer(t, Refusal{Status: 404, Code: "no_upstream", Message: "no upstream is configured for this path"})
	}
	if allow := s.p.cfg.Allow; allow != nil && !allow(exchange.Header(s.req.RawHeaders())) {
		s.p.unauthorized.Add(1)
		return s.answer(t, Refusal{Status: 401, Code: "invalid_api_key", Message: "the API key is missing or not accepted here"})
	}
	t.prepare()
	return t.run()
}

// writeAll writes up to five parts at once.
func (s *session) writeAll(conn net.Conn, parts ...[]byte) (int64, error) {
	s.buffers = s.parts[:copy(s.parts[:], parts)]
	n, err := s.buffers.WriteTo(conn)
	clear(s.parts[:])
	return n, err
}

func itoa(n int) string { return strconv.Itoa(n) }
