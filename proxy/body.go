package proxy

import (
	"errors"
	"fmt"
	"io"
	"time"
)

var errBody = errors.New("malformed body")

// upload is a request's body that is passed on as it arrives.
type upload struct {
	framing // of what has still to come
	// gathered and held were read before anything was sent: gathered lies in the copy, held did not fit it.
	gathered, held []byte
}

// readBody reads the body of a request into the payload where it is small enough: that of a recorded one into its copy,
// any other where it lies in the buffer already. What it has not read is the upload.
func (t *transfer) readBody() error {
	length := int64(t.req.ContentLength())
	if t.req.tunnel || (!t.req.chunked && length <= 0) {
		return nil
	}
	if t.req.expects && t.br.Buffered() == 0 {
		t.c.writeWithin(time.Now(), t.p.cfg.Limits.HeaderTimeout)
		if _, err := t.c.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return err
		}
	}
	switch {
	case t.req.chunked:
	case t.record == nil && length <= int64(t.br.Buffered()):
		t.payload, _ = t.br.Peek(int(length)) // stays there until the next request is read
		_, _ = t.br.Discard(int(length))
		return nil
	case t.record != nil && length <= int64(t.record.request.limit):
		return t.readCopy(&t.record.request, int(length))
	}
	t.streamBody(length)
	return nil
}

// readCopy reads a body into its copy. Memory for all of it is taken at once while there is plenty, otherwise as the body
// arrives: a client that only announces a body must not take what others need. When memory runs out, the rest of the body is
// the upload.
func (t *transfer) readCopy(c *bodyCopy, length int) error {
	step := length
	if !c.budget.isPlenty(length) {
		if err := t.awaitBody(); err != nil {
			return err
		}
		step = t.br.Buffered()
	}
	for n := 0; n < length; n = len(c.bytes) {
		if !c.grow(min(length, max(step, 2*n))) {
			t.streamBody(int64(length - n))
			t.upload.gathered = c.bytes
			return nil
		}
		m, err := io.ReadFull(stallReader{t}, c.bytes[n:min(length, cap(c.bytes))])
		c.bytes, c.size = c.bytes[:n+m], int64(n+m)
		if err != nil {
			return noEOF(err)
		}
	}
	t.payload = c.bytes
	return nil
}

// awaitBody waits for the first of a body.
func (t *transfer) awaitBody() error {
	if err := t.beginRead(); err != nil {
		return err
	}
	_, err := t.br.Peek(1)
	return noEOF(err)
}

func (t *transfer) streamBody(length int64) {
	t.arriving = upload{framing: framing{remaining: length, chunked: t.req.chunked}}
	t.upload = &t.arriving
}

// readPiece reads more of the upload, by way of buf, and gives the data without transfer coding; io.EOF after the last.
func (t *transfer) readPiece(buf []byte) ([]byte, error) {
	for u := t.upload; !u.done(); {
		if err := t.beginRead(); err != nil {
			return nil, err
		}
		if !u.chunked {
			n, err := t.br.Read(buf[:min(int64(len(buf)), u.remaining)])
			if u.remaining -= int64(n); n > 0 {
				return buf[:n], nil
			}
			return nil, noEOF(err)
		}
		if _, err := t.br.Peek(1); err != nil {
			return nil, noEOF(err)
		}
		ready, _ := t.br.Peek(min(t.br.Buffered(), len(buf)))
		data := buf[:0]
		n, err := u.take(ready, func(some []byte) { data = append(data, some...) })
		_, _ = t.br.Discard(n)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBody, err)
		}
		if len(data) > 0 {
			return data, nil
		}
	}
	t.bodyRead = true
	return nil, io.EOF
}
