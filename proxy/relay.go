package proxy

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

var errHead = errors.New("malformed head of the answer")

// arrival is the head of an answer and what came with it, valid until the next read from the upstream.
// Both stand in one piece of memory.
type arrival struct{ head, body []byte }

// readHead waits for the head of the answer, passing interim answers on.
func (t *transfer) readHead() (arrival, error) {
	_ = t.up.SetReadDeadline(time.Now().Add(t.p.cfg.Limits.ResponseTimeout))
	for {
		buffered, err := t.peekHead()
		if err != nil {
			return arrival{}, upstreamError(noEOF(err), "no answer")
		}
		t.resp.Reset()
		t.resp.DisableNormalizing()
		if err := t.resp.Read(t.up.br); err != nil {
			return arrival{}, failure{end: exchange.UpstreamBroken, cause: errHead.Error(), err: err}
		}
		n := len(buffered) - t.up.br.Buffered() // what the parser took
		status := t.resp.StatusCode()
		if status >= 200 || status == 101 {
			return arrival{head: buffered[:n], body: buffered[n:]}, nil
		}
		if _, err := t.c.Write(buffered[:n]); err != nil {
			return arrival{}, clientError(err)
		}
	}
}

// peekHead waits until a whole head is in the upstream's buffer, which grows up to the limit, and gives the buffer.
func (t *transfer) peekHead() ([]byte, error) {
	up := t.up
	for n := 1; ; n = up.br.Buffered() + 1 {
		if n > up.br.Size() {
			if up.br.Size() >= t.p.cfg.Limits.HeaderBytes {
				return nil, errHead
			}
			up.br = grow(up.br, up.Conn, t.p.cfg.Limits.HeaderBytes)
		}
		if _, err := up.br.Peek(n); err != nil {
			return nil, err
		}
		buffered, _ := up.br.Peek(up.br.Buffered())
		if hasHead(buffered) {
			return buffered, nil
		}
	}
}

// hasHead tells whether b holds an empty line.
func hasHead(b []byte) bool {
	return bytes.Contains(b, []byte("\n\r\n")) || bytes.Contains(b, []byte("\n\n"))
}

// framing tells how the end of a body is found (RFC 9112, section 6.3).
type framing struct {
	left       int64 // bytes to come; negative when chunked or until the upstream closes
	chunk      chunkScanner
	chunked    bool
	untilClose bool
	closed     bool // the upstream has closed
}

func (t *transfer) framing() *framing {
	status := t.resp.StatusCode()
	switch length := t.resp.ContentLength(); {
	case string(t.req.Method()) == "HEAD", status == 204, status == 304, status == 101:
		return &framing{}
	case length == -1:
		return &framing{left: -1, chunked: true}
	case length >= 0:
		return &framing{left: int64(length)}
	default:
		return &framing{left: -1, untilClose: true}
	}
}

// take records the part of b that belongs to the body and tells its length.
func (f *framing) take(b []byte, c *bodyCopy) (int, error) {
	switch {
	case f.chunked:
		return f.chunk.scan(b, c)
	case f.untilClose:
		c.add(b)
		return len(b), nil
	}
	n := int(min(f.left, int64(len(b))))
	c.add(b[:n])
	f.left -= int64(n)
	return n, nil
}

func (f *framing) done() bool {
	if f.chunked {
		return f.chunk.done()
	}
	return f.left == 0 || f.closed
}

// relay passes the answer on as it was sent. It tells whether both connections can serve another request.
func (t *transfer) relay(a arrival) (bool, error) {
	arrived := time.Now()
	t.status = t.resp.StatusCode()
	if t.req.recorded {
		_, fields, _ := bytes.Cut(a.head, []byte{'\n'})
		t.header = exchange.Header(bytes.Clone(fields))
	}
	body := t.framing()
	keep := !t.resp.ConnectionClose() && !body.untilClose
	pass := t.passer(body)
	t.answered = true
	_ = t.c.SetWriteDeadline(arrived.Add(t.p.cfg.Limits.StallTimeout))
	n, err := pass(a.head, a.body, arrived)
	if err != nil {
		return false, err
	}
	_, _ = t.up.br.Discard(n)
	t.overhead += time.Since(arrived)
	if !body.done() {
		if err := t.relayBody(body, pass, arrived); err != nil {
			return false, err
		}
	}
	return keep, nil
}

// passer passes on the head, if there is one, and the part of a piece that belongs to the body, and tells its length.
// Head and piece stand in one piece of memory.
type passer func(head, piece []byte, now time.Time) (int, error)

func (t *transfer) passer(body *framing) passer {
	if filter := t.filterFor(body); filter != nil {
		return (&filtered{transfer: t, body: body, filter: filter}).pass
	}
	return func(head, piece []byte, now time.Time) (int, error) {
		n, err := body.take(piece, &t.response)
		t.mark(now)
		wire := piece[:n]
		if len(head) > 0 {
			wire = head[:len(head)+n]
		}
		if _, err := t.c.Write(wire); err != nil {
			return n, clientError(err)
		}
		return n, broken(err)
	}
}

// broken is the failure of an answer whose framing is malformed.
func broken(err error) error {
	if err == nil {
		return nil
	}
	return failure{end: exchange.UpstreamBroken, cause: err.Error(), err: err}
}

// relayBody passes on what comes after the first piece, each piece as it arrives.
func (t *transfer) relayBody(body *framing, pass passer, armed time.Time) error {
	limits := &t.p.cfg.Limits
	_ = t.up.SetReadDeadline(armed.Add(limits.StallTimeout))
	var large *[pieceBytes]byte
	if body.left > pieceBytes {
		large = pieces.Get().(*[pieceBytes]byte)
		defer pieces.Put(large)
	}
	for !body.done() {
		piece, err := t.nextPiece(body, large)
		if body.untilClose && errors.Is(err, io.EOF) {
			body.closed = true
			_, err = pass(nil, nil, time.Now())
			return err
		}
		if err != nil {
			return upstreamError(noEOF(err), "answer not completed")
		}
		now := time.Now()
		if now.Sub(armed) > limits.StallTimeout/8 {
			armed = now
			_ = t.up.SetReadDeadline(now.Add(limits.StallTimeout))
			_ = t.c.SetWriteDeadline(now.Add(limits.StallTimeout))
		}
		n, err := pass(nil, piece, now)
		if err != nil {
			return err
		}
		if large == nil {
			_, _ = t.up.br.Discard(n)
		}
	}
	return nil
}

// nextPiece waits for more of the answer. Without a large buffer the piece stays in the upstream's buffer.
func (t *transfer) nextPiece(body *framing, large *[pieceBytes]byte) ([]byte, error) {
	if large != nil {
		n, err := t.up.br.Read(large[:min(int64(pieceBytes), body.left)])
		if n > 0 {
			return large[:n], nil
		}
		return nil, err
	}
	if _, err := t.up.br.Peek(1); err != nil {
		return nil, err
	}
	return t.up.br.Peek(t.up.br.Buffered())
}

// mark notes when the body had arrived up to here.
func (t *transfer) mark(now time.Time) {
	if !t.req.recorded {
		return
	}
	m := exchange.Mark{Offset: t.response.size, At: now.Sub(t.start)}
	if n := len(t.marks); n == exchange.MarksMax || (n > 0 && t.marks[n-1].Offset == m.Offset) {
		if t.marks[n-1].Offset == m.Offset {
			return
		}
		t.marks[n-1] = m
		return
	}
	t.marks = append(t.marks, m)
}
