package proxy

import (
	"bytes"
	"errors"
	"strconv"
	"time"
)

var (
	errHead    = errors.New("malformed head of the answer")
	errNoHTTP  = errors.New("the answer is not HTTP")
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
	t.up.readWithin(time.Now(), t.answerTime())
	t.joinEarly()
	for {
		buffered, err := t.peekHead()
		if err != nil {
			return arrival{}, t.noAnswer(err)
		}
		if !mend(buffered) || t.resp.Read(t.up.br) != nil {
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

// answerTime is how long to wait for the answer. An upstream that takes no more of the request has had its time: only what it has
// answered already counts.
func (t *transfer) answerTime() time.Duration {
	if t.stalled {
		return lastLook
	}
	return t.p.cfg.Limits.ResponseTimeout
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
		case !beginsHTTP(buffered): // and may say no more
			return nil, broken(errNoHTTP)
		case bytes.Contains(buffered, []byte("\r\n\r\n")):
			return buffered, nil
		case hasEmptyLine(buffered): // by line feeds alone; the parser would wait for more
			return nil, broken(errHead)
		}
	}
}

// beginsHTTP tells whether an answer may begin with b.
func beginsHTTP(b []byte) bool {
	const name = "HTTP/"
	n := min(len(b), len(name))
	return string(b[:n]) == name[:n]
}

// mend makes the repairs that a proxy owes a head before it forwards it (RFC 9112, sections 5.1 and 5.2; RFC 9110, section 8.6):
// spaces take the place of the line break before a folded line and of a content length that stands there already, and white
// space before a colon moves behind it. It gives false where there is a bare line feed or carriage return: clients differ in
// whether that ends a line, or the head.
func mend(head []byte) bool {
	var length []byte
	for at := 0; ; {
		end := bytes.IndexByte(head[at:], '\n')
		if end < 0 {
			return true
		}
		line, next := head[at:at+end], at+end+1
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return len(line) == 1
		}
		if next < len(head) && (head[next] == ' ' || head[next] == '\t') {
			head[next-1] = ' '
			if n := len(line); line[n-1] == '\r' {
				line[n-1] = ' '
			}
			continue
		}
		if bytes.IndexByte(line, '\r') != len(line)-1 {
			return false
		}
		if colon := bytes.IndexByte(line, ':'); colon > 0 && at > 0 { // not in a status line
			name, value := closeName(line, colon)
			switch isLength := isField(name, "Content-Length"); {
			case isLength && length == nil:
				length = value
			case isLength && bytes.Equal(value, length):
				blank(head[at-len(crlf) : next-len(crlf)])
			}
		}
		at = next
	}
}

// closeName moves white space before the colon of a field line behind it, and gives name and value.
func closeName(line []byte, colon int) (name, value []byte) {
	n := len(bytes.TrimRight(line[:colon], " \t"))
	copy(line[n+1:colon+1], line[n:colon])
	line[n] = ':'
	return line[:n], bytes.TrimSpace(line[n+1:])
}

func blank(b []byte) {
	for i := range b {
		b[i] = ' '
	}
}

// isAmbiguous tells that the client may see the answer's end, and so the beginning of the next one, elsewhere: where there is a
// length beside chunks, which does not count (RFC 9112, section 6.3), or chunks in HTTP/1.0, which do not count (section 6.1).
func (t *transfer) isAmbiguous(head []byte) bool {
	if t.body.chunked {
		return hasLine(head, "Content-Length")
	}
	return !isHTTP11(head) && hasLine(head, "Transfer-Encoding")
}

func isHTTP11(head []byte) bool { return bytes.HasPrefix(head, []byte("HTTP/1.1")) }

func hasLine(head []byte, want string) bool {
	for name := range headerOf(head).Lines {
		if isField(name, want) {
			return true
		}
	}
	return false
}

// endsConnection tells whether the upstream closes its connection after the answer. The parser takes the missing length of
// an answer to HEAD, which has no body, for the announcement of that.
func (t *transfer) endsConnection(head []byte) bool {
	if !t.resp.ConnectionClose() || string(t.req.Method()) != "HEAD" || hasLine(head, "Content-Length") || !isHTTP11(head) {
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
