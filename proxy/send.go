package proxy

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

// joinBytesMax is up to which size head and body are joined for one write; larger bodies are written without a copy.
const joinBytesMax = 16 << 10

// stallReader reads from the client and gives up when nothing comes for the stall timeout.
type stallReader struct{ t *transfer }

func (r stallReader) Read(b []byte) (int, error) {
	if err := r.t.beginRead(); err != nil {
		return 0, err
	}
	return r.t.br.Read(b)
}

// beginRead comes before each read of a request's body.
func (t *transfer) beginRead() error {
	if t.br.Buffered() > 0 {
		return nil
	}
	t.c.readWithin(time.Now(), t.p.cfg.Limits.StallTimeout)
	if t.uploadEnded() {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// roundTrip sends the request and waits for the head of the answer. A reused connection that turns out to be closed is
// replaced once, where the request cannot have been seen by the server or may be repeated (RFC 9110, section 9.2.2).
func (t *transfer) roundTrip() (arrival, error) {
	for first := true; ; first = false {
		if err := t.connect(!first); err != nil {
			return arrival{}, err
		}
		begun, err := t.sendRequest()
		if t.upload == nil {
			t.overhead = time.Since(t.ready)
		}
		var answer arrival
		if err == nil {
			answer, err = t.readAnswerHead()
		}
		if err == nil {
			return answer, nil
		}
		if t.upload != nil {
			return arrival{}, err
		}
		stale := t.up.reused && !t.up.cut.Load() && t.up.br.Buffered() == 0 && !isTimeout(err)
		if stale {
			t.req.upstream.noteClosed(t.up)
		}
		if !first || !stale || (begun && !t.repeatable()) {
			return arrival{}, err
		}
		t.killUpstream()
	}
}

func (t *transfer) repeatable() bool {
	switch string(t.req.Method()) {
	case "GET", "HEAD", "OPTIONS":
		return true
	}
	return false
}

// sendRequest sends the request, its body as it arrives unless that was read before, and tells whether any of it was sent. An
// upstream that takes no more may have answered already: then a failed write is no error, only not noted in sent.
func (t *transfer) sendRequest() (begun bool, err error) {
	n, err := t.writeRequest()
	if err == nil && t.upload != nil {
		t.watchUpload()
		err = t.sendBody()
	}
	begun, t.sent, t.stalled = n > 0, err == nil, false
	switch {
	case err == nil, t.uploadEnded():
		return begun, nil
	case isFailure(err):
		return begun, err
	case !begun:
		return false, upstreamError(err, "request not taken")
	}
	t.stalled = isTimeout(err)
	return true, nil
}

// writeRequest writes the head and, where it was read before, the body, with the change that a hook has made to it.
func (t *transfer) writeRequest() (int64, error) {
	t.up.writeWithin(time.Now(), t.p.cfg.Limits.StallTimeout)
	var patch Patch
	length := -1
	if t.rewrite != nil {
		patch = t.rewrite.Patch
		length = len(t.payload) - (patch.To - patch.From) + len(patch.Text)
	}
	before, after := t.payload[:patch.From], t.payload[patch.To:]
	t.out = t.req.appendHead(t.out[:0], length)
	if len(t.out)+len(before)+len(patch.Text)+len(after) <= joinBytesMax {
		t.out = append(append(append(t.out, before...), patch.Text...), after...)
		n, err := t.up.Write(t.out)
		return int64(n), err
	}
	headLen := len(t.out)
	t.out = append(t.out, patch.Text...)
	return t.writeAll(t.up.Conn, t.out[:headLen], before, t.out[headLen:], after)
}

// isFailure tells errors whose side is known already.
func isFailure(err error) bool {
	_, ok := errors.AsType[failure](err)
	return ok
}

// sendBody passes on a body as it arrives.
func (t *transfer) sendBody() error {
	piece := pieces.Get().(*[pieceBytes]byte)
	defer pieces.Put(piece)
	if err := t.sendGathered(); err != nil {
		return err
	}
	for {
		data, err := t.readPiece(piece[:])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return clientError(err)
		}
		if t.record != nil {
			t.record.request.add(data)
		}
		t.up.writeWithin(time.Now(), t.p.cfg.Limits.StallTimeout)
		if t.uploadEnded() { // whose deadline was just overwritten
			return os.ErrDeadlineExceeded
		}
		if err := t.sendPiece(data); err != nil {
			return err
		}
	}
	if t.upload.chunked {
		_, err := t.up.Write(lastChunk)
		return err
	}
	return nil
}

func (t *transfer) sendPiece(data []byte) error {
	if !t.upload.chunked {
		_, err := t.up.Write(data)
		return err
	}
	t.out = append(strconv.AppendInt(t.out[:0], int64(len(data)), 16), "\r\n"...)
	_, err := t.writeAll(t.up.Conn, t.out, data, crlf)
	return err
}

// writeAll writes up to five parts at once.
func (t *transfer) writeAll(conn net.Conn, parts ...[]byte) (int64, error) {
	t.buffers = t.parts[:copy(t.parts[:], parts)]
	n, err := t.buffers.WriteTo(conn)
	clear(t.parts[:])
	return n, err
}

var (
	crlf      = []byte("\r\n")
	lastChunk = []byte("0\r\n\r\n")
)
