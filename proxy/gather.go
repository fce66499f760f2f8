package proxy

import (
	"errors"
	"io"
)

// gather reads as much of a body that is passed on as it arrives as its copy holds, so that Admit sees the request before the
// upstream does. What was gathered is sent first.
func (t *transfer) gather() error {
	c := &t.record.request
	piece := pieces.Get().(*[pieceBytes]byte)
	defer pieces.Put(piece)
	for !c.truncated && len(c.bytes) < c.limit {
		data, err := t.readPiece(piece[:min(len(piece), c.limit-len(c.bytes))])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if c.add(data); c.truncated { // there was no memory for it
			t.upload.held = append(t.upload.held, data...)
		}
	}
	t.upload.gathered = c.bytes
	return nil
}

// gathers tells whether there is a body to be gathered before it is passed on.
func (t *transfer) gathers() bool {
	return t.upload != nil && t.record != nil && t.p.cfg.Hooks.Admit != nil
}

// sendGathered passes on what was gathered.
func (t *transfer) sendGathered() error {
	for _, data := range [][]byte{t.upload.gathered, t.upload.held} {
		if len(data) == 0 {
			continue
		}
		if err := t.sendPiece(data); err != nil {
			return err
		}
	}
	return nil
}
