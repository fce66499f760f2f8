package httpinterface

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// run answers a statement over a connection of its own, so that nothing of its settings is left for the next one.
func (h *Handler) run(out *response, r *http.Request, q *query) error {
	if q.statement.Refused != "" {
		return notImplemented(q.statement.Refused)
	}
	if q.session && q.statement.ForSession != "" {
		return notImplemented(q.statement.ForSession + " in a session (parameter session_id)")
	}
	if q.statement.Insert && q.readOnly {
		return errReadOnly(q)
	}
	if err := h.refuseSettings(q); err != nil {
		return err
	}
	conn, err := h.connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := h.confine(conn, q); err != nil {
		return err
	}
	if err := conn.Exec(h.preparation(q)); err != nil {
		return err
	}
	if q.statement.Insert {
		return h.insert(out, r, conn, q)
	}
	class, err := h.classify(conn, q)
	if err != nil {
		return err
	}
	ctx := h.ctx
	if class == chdb.ReadOnly {
		// A statement that changes something runs on when its client leaves, as in ClickHouse.
		ctx = r.Context()
	}
	stop := h.watch(ctx, q)
	defer stop()
	return h.explain(ctx, answerQuery(out, conn, q))
}

// answerQuery sends the answer block by block where the format allows it and the statement is a SELECT, else whole.
func answerQuery(out *response, conn *chdb.Conn, q *query) error {
	format := cmp.Or(q.statement.Format, q.defaultFormat)
	if q.canStream(format) {
		stream, err := conn.Stream(q.text, q.defaultFormat, q.params...)
		if err == nil {
			defer stream.Close()
			return answerStream(out, stream, format)
		}
		if !hasCode(err, proto.ErrBadArguments) || !strings.Contains(err.Error(), "Streaming query is not supported") {
			return err
		}
	}
	result, err := conn.Query(q.text, q.defaultFormat, q.params...)
	if err != nil {
		return err
	}
	return answerBlock(out, result, format)
}

func answerStream(out *response, stream *chdb.Stream, format string) error {
	for {
		block, err := stream.Next()
		if errors.Is(err, io.EOF) {
			if !out.begun {
				return out.begin(format, chdb.Progress{})
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := answerBlock(out, block, format); err != nil {
			return err
		}
	}
}

func answerBlock(out *response, block *chdb.Result, format string) error {
	defer block.Close()
	if !out.begun {
		if err := out.begin(format, block.Progress()); err != nil {
			return err
		}
	}
	return out.write(block.Bytes())
}
