package proxy

import (
	"errors"
	"fmt"
	"io"
	"time"
)

var errBody = errors.New("malformed body")

// bodyReader reads a request's body from the client, transfer coding removed.
type bodyReader struct {
	r         io.Reader
	remaining int64 // bytes, without chunks
	chunk     *chunkScanner
	copy      bodyCopy // of the piece in hand

	// gathered and held were read before anything was sent: gathered lies in the copy, held did not fit it. ended tells that
	// there is no more to read.
	gathered, held []byte
	ended          bool
}

// readBody reads the body of a request into the payload where it is small enough: that of a recorded one into its copy,
// any other where it lies in the buffer already. What it has not read is in the reader; nil means that the body is
// complete.
func (t *transfer) readBody() (*bodyReader, error) {
	length := int64(t.req.ContentLength())
	if t.req.tunnel || (!t.req.chunked && length <= 0) {
		return nil, nil
	}
	if t.req.expects && t.br.Buffered() == 0 {
		t.c.writeWithin(time.Now(), t.p.cfg.Limits.HeaderTimeout)
		if _, err := t.c.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return nil, err
		}
	}
	switch {
	case t.req.chunked:
	case t.record == nil && length <= int64(t.br.Buffered()):
		t.payload, _ = t.br.Peek(int(length)) // stays there until the next request is read
		_, _ = t.br.Discard(int(length))
		return nil, nil
	case t.record != nil && length <= int64(t.record.request.limit):
		return t.readCopy(&t.record.request, int(length))
	}
	return t.streamBody(length), nil
}

// copyStepBytes is the memory that a body gets at first when memory is scarce. It gets twice as much each time that it has
// filled what it has.
const copyStepBytes = 16 << 10

// readCopy reads a body into its copy. Memory for all of it is taken at once while there is plenty, otherwise as the body
// arrives: a client that only announces a body must not take what others need. When memory runs out, the rest of the body is
// left to the reader that is returned.
func (t *transfer) readCopy(c *bodyCopy, length int) (*bodyReader, error) {
	step := length
	if !c.budget.isPlenty(length) {
		step = copyStepBytes
	}
	for n := 0; n < length; n = len(c.bytes) {
		if !c.grow(min(length, max(step, 2*n))) {
			rest := t.streamBody(int64(length - n))
			rest.gathered = c.bytes
			return rest, nil
		}
		m, err := io.ReadFull(stallReader{t}, c.bytes[n:min(length, cap(c.bytes))])
		c.bytes, c.size = c.bytes[:n+m], int64(n+m)
		if err != nil {
			return nil, noEOF(err)
		}
	}
	t.payload = c.bytes
	return nil, nil
}

func (t *transfer) streamBody(length int64) *bodyReader {
	t.upload = bodyReader{r: stallReader{t}, remaining: length}
	if t.req.chunked {
		t.upload.chunk = new(chunkScanner)
	}
	return &t.upload
}

// next reads a piece into buf and gives the data in it; io.EOF after the last.
func (b *bodyReader) next(t *transfer, buf []byte) ([]byte, error) {
	if b.chunk == nil {
		if b.remaining == 0 {
			return nil, io.EOF
		}
		n, err := b.r.Read(buf[:min(int64(len(buf)), b.remaining)])
		if b.remaining -= int64(n); n > 0 {
			return buf[:n], nil
		}
		return nil, noEOF(err)
	}
	for !b.chunk.done() {
		if err := t.beginRead(); err != nil {
			return nil, err
		}
		if _, err := t.br.Peek(1); err != nil {
			return nil, noEOF(err)
		}
		ready, _ := t.br.Peek(min(t.br.Buffered(), len(buf)))
		b.copy = bodyCopy{bytes: buf[:0], limit: len(buf), budget: &t.p.copies}
		n, err := b.chunk.scan(ready, &b.copy)
		_, _ = t.br.Discard(n)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBody, err)
		}
		if len(b.copy.bytes) > 0 {
			return b.copy.bytes, nil
		}
	}
	return nil, io.EOF
}
