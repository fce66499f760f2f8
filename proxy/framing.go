package proxy

// framing tells how the end of a body is found (RFC 9112, section 6.3).
type framing struct {
	remaining  int64 // bytes; negative when chunked or until the upstream closes
	chunk      chunkScanner
	chunked    bool
	untilClose bool
	closed     bool // the upstream has closed
}

func (t *transfer) framing() framing {
	switch length := t.resp.ContentLength(); {
	case t.isBodiless():
		return framing{}
	case length == -1:
		return framing{remaining: -1, chunked: true}
	case length >= 0:
		return framing{remaining: int64(length)}
	default:
		return framing{remaining: -1, untilClose: true}
	}
}

// isBodiless tells an answer that has no body, whatever its head announces.
func (t *transfer) isBodiless() bool {
	status := t.resp.StatusCode()
	return string(t.req.Method()) == "HEAD" || status == 204 || status == 304 || status == 101
}

// mayTrail tells that a body may come behind an answer that has none. A server that sends one may do so late, when it would
// pass for the answer of the next request.
func (t *transfer) mayTrail() bool {
	length := t.resp.ContentLength()
	return t.isBodiless() && (length > 0 || length == -1) // -1 is chunked
}

// take hands the data of the body in b to add and tells how many bytes of b belong to the body.
func (f *framing) take(b []byte, add func([]byte)) (int, error) {
	switch {
	case f.chunked:
		return f.chunk.scan(b, add)
	case f.untilClose:
		add(b)
		return len(b), nil
	}
	n := int(min(f.remaining, int64(len(b))))
	add(b[:n])
	f.remaining -= int64(n)
	return n, nil
}

func (f *framing) done() bool {
	if f.chunked {
		return f.chunk.done()
	}
	return f.remaining == 0 || f.closed
}
