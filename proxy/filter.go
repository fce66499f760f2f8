package proxy

import (
	"net"
	"strconv"
	"time"
)

// filtered is an answer whose body passes through a Filter, framed as its head says.
type filtered struct {
	*transfer
	body    *framing
	filter  Filter
	data    bodyCopy // of the piece in hand, transfer coding removed
	scratch []byte
}

// filterFor gives the filter for the answer whose head was just read; nil when it is passed on as it is.
func (t *transfer) filterFor(body *framing) Filter {
	if t.rewrite == nil || t.rewrite.Filter == nil || (!body.chunked && !body.untilClose) {
		return nil
	}
	return t.rewrite.Filter(t.status, t.header)
}

// pass is a passer that writes what the filter lets through.
func (f *filtered) pass(head, piece []byte, now time.Time) (int, error) {
	f.data.bytes = f.data.bytes[:0]
	f.data.limit = len(piece)
	if cap(f.data.bytes) < len(piece) {
		f.data.bytes = make([]byte, 0, max(len(piece), upstreamBufferBytes))
	}
	f.data.budget = &f.p.copies // never asked: the room is there
	n, err := f.body.take(piece, &f.data)
	f.response.add(f.data.bytes)
	f.mark(now)
	f.scratch = f.filter.Next(f.scratch[:0], f.data.bytes)
	if f.body.done() {
		f.scratch = f.filter.Last(f.scratch)
	}
	if werr := f.write(head); werr != nil {
		return n, clientError(werr)
	}
	return n, broken(err)
}

// write sends the head and, framed, what is in scratch.
func (f *filtered) write(head []byte) error {
	out := net.Buffers{head}
	switch {
	case len(f.scratch) == 0:
	case f.body.chunked:
		size := append(strconv.AppendInt(nil, int64(len(f.scratch)), 16), "\r\n"...)
		out = append(out, size, f.scratch, []byte("\r\n"))
	default:
		out = append(out, f.scratch)
	}
	if f.body.chunked && f.body.done() {
		out = append(out, []byte("0\r\n\r\n"))
	}
	_, err := out.WriteTo(f.c.Conn)
	return err
}
