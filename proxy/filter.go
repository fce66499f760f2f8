package proxy

import (
	"strconv"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// filtered is an answer whose body passes through a Filter, framed as its head says.
type filtered struct {
	*transfer
	with    Filter
	data    bodyCopy // of the piece in hand, transfer coding removed
	scratch []byte
}

// filter makes ready to filter the answer whose head was just read; nil when it is passed on as it is.
func (t *transfer) filter() *filtered {
	if t.rewrite == nil || t.rewrite.Filter == nil || (!t.body.chunked && !t.body.untilClose) {
		return nil
	}
	with := t.rewrite.Filter(t.status, exchange.Header(t.record.responseHeader))
	if with == nil {
		return nil
	}
	return &filtered{transfer: t, with: with}
}

// forward is transfer.forward with what the filter lets through.
func (f *filtered) forward(head, piece []byte, now time.Time) (int, error) {
	f.data.bytes = f.data.bytes[:0]
	f.data.limit = len(piece)
	if cap(f.data.bytes) < len(piece) {
		f.data.bytes = make([]byte, 0, max(len(piece), upstreamBufferBytes))
	}
	f.data.budget = &f.p.copies // never asked: the room is there
	n, err := f.body.take(piece, &f.data)
	f.record.response.add(f.data.bytes)
	f.mark(now)
	f.scratch = f.with.Next(f.scratch[:0], f.data.bytes)
	if f.body.done() {
		f.scratch = f.with.Last(f.scratch)
	}
	if werr := f.write(head); werr != nil {
		return n, clientError(werr)
	}
	return n, broken(err)
}

// write sends the head and, framed, what is in scratch.
func (f *filtered) write(head []byte) error {
	var size, end, last []byte
	if f.body.chunked && len(f.scratch) > 0 {
		f.out = append(strconv.AppendInt(f.out[:0], int64(len(f.scratch)), 16), "\r\n"...)
		size, end = f.out, crlf
	}
	if f.body.chunked && f.body.done() {
		last = lastChunk
	}
	_, err := f.writeAll(f.c.Conn, head, size, f.scratch, end, last)
	return err
}

var (
	crlf      = []byte("\r\n")
	lastChunk = []byte("0\r\n\r\n")
)
