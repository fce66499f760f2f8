package proxy

import (
	"bytes"
	"strconv"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// editor passes an answer on through a Filter.
type editor interface {
	// forward is that of transfer.
	forward(piece []byte, headLen int, now time.Time) (int, error)
	// abandon passes on what was held back of an answer that has broken off.
	abandon()
}

// editor makes ready to filter the answer whose head was just read; nil when it is passed on as it is. One with a
// length that does not fit a copy is: its length has to be known before its first byte goes on.
func (t *transfer) editor() editor {
	if t.rewrite == nil || t.rewrite.Filter == nil || t.body.done() || t.body.remaining > int64(t.p.cfg.Limits.BodyCopyBytes) {
		return nil
	}
	var filter Filter
	t.p.runHook(func() { filter = t.rewrite.Filter(t.status, exchange.Header(t.record.responseHeader)) })
	switch {
	case filter == nil:
		return nil
	case t.body.remaining < 0:
		return &filtered{t: t, filter: filter}
	}
	return &collected{t: t, filter: filter}
}

// filtered passes on a body without a length through a Filter. A chunk becomes a chunk again, so that one of which
// nothing was taken out is as it was sent.
type filtered struct {
	t      *transfer
	filter Filter
	line   []byte // the line before a chunk's data, or what follows the last chunk
	size   int64  // of the chunk in hand
	passed []byte // what the filter lets pass of a step's data
	out    []byte
}

func (f *filtered) forward(piece []byte, headLen int, now time.Time) (int, error) {
	f.out = append(f.out[:0], piece[:headLen]...)
	n, err := f.take(piece[headLen:])
	f.t.mark(now)
	if err == nil && f.t.body.done() {
		f.put(f.filter.Last(f.passed[:0]))
		f.out = append(f.out, f.line...)
	}
	if len(f.out) > 0 {
		if _, err := f.t.c.Write(f.out); err != nil {
			return n, clientError(err)
		}
	}
	return n, broken(err)
}

func (f *filtered) abandon() {
	f.out, f.size = f.out[:0], 0 // the line in hand is of another chunk, or not whole
	f.put(f.filter.Last(f.passed[:0]))
	_, _ = f.t.c.Write(f.out)
}

// take puts a piece through the filter, chunk by chunk, and tells how much of it belongs to the body.
func (f *filtered) take(piece []byte) (n int, err error) {
	for n < len(piece) && !f.t.body.done() && err == nil {
		step := len(piece) - n
		if f.t.body.chunked {
			step = min(step, f.t.body.chunk.stride())
		}
		var taken int
		taken, err = f.takeStep(piece[n : n+step])
		n += taken
	}
	return n, err
}

func (f *filtered) takeStep(part []byte) (int, error) {
	before := f.t.body.chunk.state
	n, err := f.t.body.take(part, f.pass)
	switch {
	case !f.t.body.chunked || before == chunkData:
	case before == chunkDataCR || before == chunkDataLF:
		f.line = f.line[:0]
	default:
		f.line = append(f.line, part[:n]...)
		f.size = f.t.body.chunk.remaining
	}
	return n, err
}

// pass records data of the body and puts it through the filter.
func (f *filtered) pass(data []byte) {
	f.t.record.response.add(data)
	f.put(f.filter.Next(f.passed[:0], data))
}

// put frames what the filter lets pass.
func (f *filtered) put(passed []byte) {
	f.passed = passed
	switch {
	case len(passed) == 0:
		return
	case !f.t.body.chunked:
		f.out = append(f.out, passed...)
		return
	case int64(len(passed)) == f.size && !f.t.body.done():
		f.out = append(f.out, f.line...)
	default:
		f.out = append(strconv.AppendInt(f.out, int64(len(passed)), 16), "\r\n"...)
	}
	f.out = append(append(f.out, passed...), "\r\n"...)
}

// collected passes on a body with a length through a Filter, when all of it is there.
type collected struct {
	t      *transfer
	filter Filter
	head   []byte
	data   []byte
}

func (c *collected) forward(piece []byte, headLen int, now time.Time) (int, error) {
	c.head = append(c.head, piece[:headLen]...)
	n, err := c.t.body.take(piece[headLen:], c.t.record.response.add)
	c.t.mark(now)
	c.data = append(c.data, piece[headLen:headLen+n]...)
	if err != nil || !c.t.body.done() {
		return n, broken(err)
	}
	body := c.filter.Last(c.filter.Next(nil, c.data))
	if _, err := c.t.c.Write(append(withLength(c.head, len(body)), body...)); err != nil {
		return n, clientError(err)
	}
	return n, nil
}

func (c *collected) abandon() { _, _ = c.t.c.Write(c.filter.Last(c.filter.Next(c.head, c.data))) }

// withLength gives a copy of a head with another content length.
func withLength(head []byte, length int) []byte {
	out := make([]byte, 0, len(head)+length)
	for line := range bytes.Lines(head) {
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok || !isField(name, "Content-Length") {
			out = append(out, line...)
			continue
		}
		digits := bytes.TrimSpace(value)
		at := len(name) + 1 + bytes.Index(value, digits)
		out = append(strconv.AppendInt(append(out, line[:at]...), int64(length), 10), line[at+len(digits):]...)
	}
	return out
}
