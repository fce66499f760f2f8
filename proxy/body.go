package proxy

import (
	"errors"
	"fmt"
	"io"
)

var errBody = errors.New("malformed body")

// bodyReader reads a request's body from the client, transfer coding removed.
type bodyReader struct {
	r     io.Reader
	left  int64 // without chunks
	chunk *chunkScanner
	copy  bodyCopy // of the piece in hand
}

// readBody reads the body of a recorded request into its copy, up to the limit. What it has not read is in the reader;
// nil means that the body is complete.
func (t *transfer) readBody() (*bodyReader, error) {
	length := int64(t.req.ContentLength())
	if t.req.tunnel || (!t.req.chunked && length <= 0) {
		return nil, nil
	}
	if t.req.expects && t.br.Buffered() == 0 {
		if _, err := t.c.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return nil, err
		}
	}
	if t.req.chunked || !t.req.recorded || length > int64(t.request.limit) || !t.request.grow(int(length)) {
		return t.streamBody(length), nil
	}
	body := t.request.bytes[:length]
	if _, err := io.ReadFull(stallReader{t}, body); err != nil {
		return nil, noEOF(err)
	}
	t.request.bytes, t.request.size = body, length
	return nil, nil
}

func (t *transfer) streamBody(length int64) *bodyReader {
	b := &bodyReader{r: stallReader{t}, left: length}
	if t.req.chunked {
		b.chunk = new(chunkScanner)
	}
	return b
}

// next reads a piece into buf and gives the data in it; io.EOF after the last.
func (b *bodyReader) next(t *transfer, buf []byte) ([]byte, error) {
	if b.chunk == nil {
		if b.left == 0 {
			return nil, io.EOF
		}
		n, err := b.r.Read(buf[:min(int64(len(buf)), b.left)])
		if b.left -= int64(n); n > 0 {
			return buf[:n], nil
		}
		return nil, noEOF(err)
	}
	for !b.chunk.done() {
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
