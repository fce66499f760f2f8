package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

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
	// A head that is all there needs no time limit. An empty line that a bare line feed ends is no end to the parser.
	if buffered, _ := s.br.Peek(s.br.Buffered()); bytes.Contains(bytes.TrimLeft(buffered, "\r\n"), []byte("\r\n\r\n")) {
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
	var broken *net.OpError
	for errors.As(err, &small) && s.br.Size() < limit {
		s.br = grow(s.br, s.c, limit)
		err = s.req.Read(s.br)
	}
	switch {
	case err == nil:
		return true
	case errors.As(err, &small):
		s.p.malformed.Add(1)
		s.writeRefusal("", false, Refusal{Status: 431, Code: "header_too_large", Message: "the request head is larger than " +
			strconv.Itoa(limit) + " bytes"})
	case isTimeout(err), errors.Is(err, fasthttp.ErrTimeout), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
	case errors.As(err, &broken): // the client has reset it
	default:
		s.p.malformed.Add(1)
		s.writeRefusal("", false, Refusal{Status: 400, Code: "bad_request", Message: "the request is not valid HTTP/1.1"})
	}
	return false
}

// grow gives a reader of twice the size, at most limit, that goes on where br is.
func grow(br *bufio.Reader, conn io.Reader, limit int) *bufio.Reader {
	buffered, _ := br.Peek(br.Buffered())
	return bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(buffered)), conn), min(2*br.Size(), limit))
}

// keptBufferBytesMax is the largest buffer for heads that a connection keeps for its next request.
const keptBufferBytesMax = 16 << 10

// forgetLargeHead gives up what a large head has taken: its buffer, and several copies of it. A client could else make each of its
// connections hold that while they are idle.
func (s *session) forgetLargeHead() {
	if s.br.Size() <= keptBufferBytesMax || s.br.Buffered() > 0 {
		return
	}
	s.br = s.newReader()
	s.req = request{}
	s.req.DisableNormalizing()
	s.transfer.out = nil
}
