package httpinterface

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// pieceBytes is how much of a body is handed to the engine at once.
const pieceBytes = 256 << 10

// drainBytesMax is how much of a body is read after its insert has failed.
const drainBytesMax = 16 << 20

var pieces = sync.Pool{New: func() any { return new([pieceBytes]byte) }}

// insert hands the rows to the engine while they arrive, and answers when they are written.
func (h *Handler) insert(out *response, r *http.Request, conn *chdb.Conn, q *query) error {
	if err := h.config.RoomForRows(); err != nil {
		return exception(proto.ErrNotEnoughSpace, "%v", err)
	}
	defer h.boundReading(out.http)()
	insert, err := conn.Insert(q.statement.Head, q.statement.Format, q.params...)
	if err != nil {
		return err
	}
	defer insert.Close()
	if err := send(insert, q); err != nil {
		// A client reads the answer only after it has sent its rows.
		_, _ = io.CopyN(io.Discard, r.Body, drainBytesMax)
		if r.Context().Err() != nil {
			return errors.Join(errClientGone, err)
		}
		return err
	}
	written, err := insert.Done()
	if err != nil {
		return err
	}
	out.encoding = "" // there is nothing to compress
	if err := out.begin(q.defaultFormat, written); err != nil {
		return err
	}
	out.http.Header().Set("Content-Length", "0")
	return nil
}

func send(insert *chdb.Insert, q *query) error {
	if err := insert.Append([]byte(q.text[q.statement.Data:])); err != nil {
		return err
	}
	piece := pieces.Get().(*[pieceBytes]byte)
	defer pieces.Put(piece)
	for {
		n, err := q.rows.Read(piece[:])
		if appendErr := insert.Append(piece[:n]); appendErr != nil {
			return appendErr
		}
		if err == io.EOF { // limitReader wraps none
			return nil
		}
		if err != nil {
			return err
		}
	}
}
