package proxy

import (
	"errors"
	"io"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// relay passes the answer on as it was sent. It tells whether both connections can serve another request.
func (t *transfer) relay(a arrival) (bool, error) {
	arrived := time.Now()
	t.status = t.resp.StatusCode()
	if t.record != nil {
		t.record.responseHeader = t.record.keepHeader(t.record.responseHeader, headerOf(a.head()))
	}
	t.body = t.framing()
	t.edit = t.editor()
	keep := !t.endsConnection(a.head()) && !t.body.untilClose && !t.isAmbiguous(a.head())
	if keep && t.status != 101 && (!t.bodyRead || t.c.isDraining()) {
		a, t.last = t.lastAnswer(a), true
	}
	t.answered = true
	t.c.writeWithin(arrived, t.p.cfg.Limits.StallTimeout)
	n, err := t.forward(a.bytes, a.headLen, arrived)
	if err == nil {
		_, _ = t.up.br.Discard(n)
		t.overhead += time.Since(arrived)
	}
	if err == nil && !t.body.done() {
		err = t.relayBody()
	}
	if err != nil {
		t.abandonEdit(err)
		return false, err
	}
	return keep, nil
}

// abandonEdit lets the client have what the editor held back when the answer broke off.
func (t *transfer) abandonEdit(cause error) {
	if f, ok := errors.AsType[failure](cause); t.edit == nil || ok && f.end == exchange.ClientGone {
		return
	}
	t.c.writeWithin(time.Now(), t.p.cfg.Limits.StallTimeout) // the deadline set last may have passed with that for reading
	t.edit.abandon()
}

// forward passes on the head, which is the first headLen bytes of a piece, and what else of the piece belongs to the body. It
// returns the length of the latter.
func (t *transfer) forward(piece []byte, headLen int, now time.Time) (int, error) {
	if t.edit != nil {
		return t.edit.forward(piece, headLen, now)
	}
	n, err := t.body.take(piece[headLen:], t.answerCopy().add)
	t.mark(now)
	if _, err := t.c.Write(piece[:headLen+n]); err != nil {
		return n, clientError(err)
	}
	return n, broken(err)
}

// answerCopy is where the answer's body is recorded; nil when it is not.
func (t *transfer) answerCopy() *bodyCopy {
	if t.record == nil {
		return nil
	}
	return &t.record.response
}

// relayBody passes on what comes after the first piece, each piece as it arrives.
func (t *transfer) relayBody() error {
	stall := t.p.cfg.Limits.StallTimeout
	t.up.readWithin(time.Now(), stall)
	var large *[pieceBytes]byte
	if t.body.remaining > pieceBytes {
		large = pieces.Get().(*[pieceBytes]byte)
		defer pieces.Put(large)
	}
	for !t.body.done() {
		piece, err := t.nextPiece(large)
		now := time.Now()
		if t.body.untilClose && errors.Is(err, io.EOF) {
			t.body.closed = true
			_, err = t.forward(nil, 0, now)
			return err
		}
		if err != nil {
			return upstreamError(noEOF(err), "answer not completed")
		}
		t.up.readWithin(now, stall)
		t.c.writeWithin(now, stall)
		n, err := t.forward(piece, 0, now)
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
func (t *transfer) nextPiece(large *[pieceBytes]byte) ([]byte, error) {
	if large != nil {
		n, err := t.up.br.Read(large[:min(int64(pieceBytes), t.body.remaining)])
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
	if t.record != nil {
		t.record.mark(exchange.Mark{Offset: t.record.response.size, At: now.Sub(t.start)})
	}
}
