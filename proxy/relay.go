package proxy

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

var (
	errHead    = errors.New("malformed head of the answer")
	errUnasked = errors.New("upgrade that nobody asked for")
)

// arrival is the head of an answer and what came of its body with it, valid until the next read from the upstream.
type arrival struct {
	bytes   []byte
	headLen int
}

func (a arrival) head() []byte { return a.bytes[:a.headLen] }

// readAnswerHead waits for the head of the answer, passing interim answers on.
func (t *transfer) readAnswerHead() (arrival, error) {
	t.up.readWithin(time.Now(), t.p.cfg.Limits.ResponseTimeout)
	t.joinEarly()
	for {
		buffered, err := t.peekHead()
		if isFailure(err) {
			return arrival{}, err
		}
		if err != nil {
			return arrival{}, upstreamError(noEOF(err), "no answer")
		}
		mend(buffered)
		if err := t.resp.Read(t.up.br); err != nil {
			return arrival{}, broken(errHead)
		}
		headLen := len(buffered) - t.up.br.Buffered() // what the parser took
		switch status := t.resp.StatusCode(); {
		case status < 100:
			return arrival{}, broken(errHead)
		case status == 101 && !t.req.tunnel:
			return arrival{}, broken(errUnasked)
		case status >= 200, status == 101:
			return arrival{buffered, headLen}, nil
		}
		if !t.req.IsHTTP11() { // knows of none (RFC 9110, section 15.2)
			continue
		}
		t.c.writeWithin(time.Now(), t.p.cfg.Limits.StallTimeout)
		if _, err := t.c.Write(buffered[:headLen]); err != nil {
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
				return nil, broken(errors.New("head of the answer larger than " + strconv.Itoa(t.p.cfg.Limits.HeaderBytes) + " bytes"))
			}
			up.br = grow(up.br, up.Conn, t.p.cfg.Limits.HeaderBytes)
		}
		if _, err := up.br.Peek(n); err != nil {
			return nil, err
		}
		buffered, _ := up.br.Peek(up.br.Buffered())
		switch {
		case buffered[0] == '\r', buffered[0] == '\n': // which the parser would skip
			return nil, broken(errHead)
		case bytes.Contains(buffered, []byte("\r\n\r\n")):
			return buffered, nil
		case hasEmptyLine(buffered): // by line feeds alone; the parser would wait for more
			return nil, broken(errHead)
		}
	}
}

// mend does in a head what a proxy has to do before it goes on: it puts spaces in place of the line break before a folded
// line, and white space before a colon behind it (RFC 9112, sections 5.1 and 5.2).
func mend(head []byte) {
	for at := 0; ; {
		end := bytes.IndexByte(head[at:], '\n')
		if end < 0 {
			return
		}
		line, next := head[at:at+end], at+end+1
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return
		}
		if next < len(head) && (head[next] == ' ' || head[next] == '\t') {
			head[next-1] = ' '
			if n := len(line); line[n-1] == '\r' {
				line[n-1] = ' '
			}
			continue
		}
		if colon := bytes.IndexByte(line, ':'); colon > 0 && at > 0 { // not in a status line
			name := len(bytes.TrimRight(line[:colon], " \t"))
			copy(line[name+1:colon+1], line[name:colon])
			line[name] = ':'
		}
		at = next
	}
}

// framing tells how the end of a body is found (RFC 9112, section 6.3).
type framing struct {
	remaining  int64 // bytes; negative when chunked or until the upstream closes
	chunk      chunkScanner
	chunked    bool
	untilClose bool
	closed     bool // the upstream has closed
}

func (t *transfer) framing() framing {
	status := t.resp.StatusCode()
	switch length := t.resp.ContentLength(); {
	case string(t.req.Method()) == "HEAD", status == 204, status == 304, status == 101:
		return framing{}
	case length == -1:
		return framing{remaining: -1, chunked: true}
	case length >= 0:
		return framing{remaining: int64(length)}
	default:
		return framing{remaining: -1, untilClose: true}
	}
}

// hasLength tells whether a head has a content length. Beside chunks it does not count (RFC 9112, section 6.3), but the
// client may see that differently, and where the next answer begins too.
func hasLength(head []byte) bool {
	for name := range headerOf(head).Lines {
		if isField(name, "Content-Length") {
			return true
		}
	}
	return false
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
	n := int(min(f.remaining, int64(len(b))))
	c.add(b[:n])
	f.remaining -= int64(n)
	return n, nil
}

func (f *framing) done() bool {
	if f.chunked {
		return f.chunk.done()
	}
	return f.remaining == 0 || f.closed
}

// relay passes the answer on as it was sent. It tells whether both connections can serve another request.
func (t *transfer) relay(a arrival) (bool, error) {
	arrived := time.Now()
	t.status = t.resp.StatusCode()
	if t.record != nil {
		t.record.responseHeader = t.record.keepHeader(t.record.responseHeader, headerOf(a.head()))
	}
	t.body = t.framing()
	t.edit = t.editor()
	keep := !t.endsConnection(a.head()) && !t.body.untilClose && !(t.body.chunked && hasLength(a.head()))
	if keep && t.status != 101 && t.c.isDraining() {
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
		var f failure
		if t.edit != nil && !(errors.As(err, &f) && f.end == exchange.ClientGone) {
			t.c.writeWithin(time.Now(), t.p.cfg.Limits.StallTimeout) // a time that was set with that for reading is over
			t.edit.abandon()
		}
		return false, err
	}
	return keep, nil
}

// endsConnection tells whether the upstream closes its connection after the answer. The parser takes the missing length of
// an answer to HEAD, which has no body, for the announcement of that.
func (t *transfer) endsConnection(head []byte) bool {
	if !t.resp.ConnectionClose() || string(t.req.Method()) != "HEAD" || hasLength(head) || !bytes.HasPrefix(head, []byte("HTTP/1.1")) {
		return t.resp.ConnectionClose()
	}
	for name, value := range headerOf(head).Lines {
		if isField(name, "Connection") && hasToken(value, "close") {
			return true
		}
	}
	return false
}

// lastAnswer tells the client that the connection ends after this answer.
func (t *transfer) lastAnswer(a arrival) arrival {
	t.out = t.out[:0]
	for line := range bytes.Lines(bytes.TrimRight(a.head(), "\r\n")) {
		if name, _, _ := bytes.Cut(line, []byte{':'}); isField(name, "Connection") || isField(name, "Keep-Alive") {
			continue
		}
		t.out = append(t.out, line...)
	}
	t.out = append(bytes.TrimRight(t.out, "\r\n"), "\r\nConnection: close\r\n\r\n"...)
	headLen := len(t.out)
	t.out = append(t.out, a.bytes[a.headLen:]...)
	return arrival{t.out, headLen}
}

// forward passes on the head, which is the first headLen bytes of a piece, and what else of the piece belongs to the body. It
// returns the length of the latter.
func (t *transfer) forward(piece []byte, headLen int, now time.Time) (int, error) {
	if t.edit != nil {
		return t.edit.forward(piece, headLen, now)
	}
	n, err := t.body.take(piece[headLen:], t.answerCopy())
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

// broken is the failure of an answer whose framing is malformed.
func broken(err error) error {
	if err == nil {
		return nil
	}
	return failure{end: exchange.UpstreamBroken, cause: err.Error(), err: err}
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
