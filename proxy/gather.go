package proxy

import (
	"errors"
	"io"
)

// gather reads as much of a body that is passed on as it arrives as its copy holds, so that Admit sees the request before the
// upstream does. What was gathered is sent first.
func (t *transfer) gather(rest *bodyReader) error {
	c := &t.record.request
	piece := pieces.Get().(*[pieceBytes]byte)
	defer pieces.Put(piece)
	for !c.truncated && len(c.bytes) < c.limit {
		data, err := rest.next(t, piece[:min(len(piece), c.limit-len(c.bytes))])
		if errors.Is(err, io.EOF) {
			rest.ended, t.bodyRead = true, true
			break
		}
		if err != nil {
			return err
		}
		if c.add(data); c.truncated { // there was no memory for it
			rest.held = append(rest.held, data...)
		}
	}
	rest.gathered = c.bytes
	return nil
}

// gathers tells whether a body is to be gathered before it is passed on.
func (t *transfer) gathers() bool { return t.record != nil && t.p.cfg.Hooks.Admit != nil }

// sendGathered passes on what was gathered.
func (t *transfer) sendGathered(rest *bodyReader) error {
	for _, data := range [][]byte{rest.gathered, rest.held} {
		if len(data) == 0 {
			continue
		}
		if err := t.sendPiece(rest, data); err != nil {
			return err
		}
	}
	return nil
}
