package httpinterface

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// run answers a statement over a connection of its own, so that nothing of its settings is left for the next one.
func (h *Handler) run(out *response, r *http.Request, q *query) error {
	if q.statement.Refused != "" {
		return notImplemented(q.statement.Refused)
	}
	if q.statement.Insert && q.readOnly {
		return errReadOnly(q)
	}
	conn, err := h.connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Exec(h.preparation(q)); err != nil {
		return err
	}
	if q.statement.Insert {
		return h.insert(out, r, conn, q)
	}
	class, err := classify(conn, q)
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

func errReadOnly(q *query) error {
	if q.user.ReadOnly {
		return exception(codeReadonly, "READONLY", "%s: Cannot execute query in readonly mode", q.user.Name)
	}
	return exception(codeReadonly, "READONLY",
		"Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
}

// preparation is the statements that put a query's database and settings into its connection, as one text.
func (h *Handler) preparation(q *query) string {
	var text strings.Builder
	if q.database != "" {
		text.WriteString("USE " + quote(q.database, '`') + "; ")
	}
	text.WriteString("SET log_comment = " + quote(q.tag, '\''))
	timeout, readonly := "", ""
	for _, setting := range q.settings {
		switch setting.Name {
		case "log_comment": // it carries the tag
		case "readonly":
			readonly = setting.Value
		case "max_execution_time":
			timeout = setting.Value
		default:
			text.WriteString(", " + quote(setting.Name, '`') + " = " + quote(setting.Value, '\''))
		}
	}
	if timeout = h.timeout(timeout); timeout != "" {
		text.WriteString(", max_execution_time = " + quote(timeout, '\''))
	}
	// Last, because no other setting can be changed behind it.
	switch {
	case q.user.ReadOnly:
		readonly = "1"
	case q.readOnly && (readonly == "" || readonly == "0"):
		readonly = "2"
	}
	if readonly != "" {
		text.WriteString(", readonly = " + quote(readonly, '\''))
	}
	return text.String()
}

// timeout is the max_execution_time of a query in seconds: what the client asks for, as far as query_timeout allows.
func (h *Handler) timeout(asked string) string {
	limit := h.config.QueryTimeout.Seconds()
	seconds, err := strconv.ParseFloat(asked, 64)
	if limit == 0 || asked != "" && (err != nil || 0 < seconds && seconds <= limit) {
		return asked // the engine says what is wrong with it
	}
	return strconv.FormatFloat(limit, 'f', -1, 64)
}

func quote(text string, mark byte) string {
	escaped := strings.NewReplacer(`\`, `\\`, string(mark), `\`+string(mark)).Replace(text)
	return string(mark) + escaped + string(mark)
}

// classify lets one statement pass, and a read-only user or method only one that changes nothing.
func classify(conn *chdb.Conn, q *query) (chdb.Class, error) {
	count, class := conn.Classify(q.text)
	switch {
	case count == 0:
		return class, syntaxError(conn, q)
	case count > 1:
		return class, exception(codeSyntaxError, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
	case q.readOnly && class != chdb.ReadOnly:
		return class, errReadOnly(q)
	}
	return class, nil
}

// syntaxError is the parser's word on a text that it does not take; running the text would run the statements before the mistake.
func syntaxError(conn *chdb.Conn, q *query) error {
	err := conn.Exec("SELECT formatQuery({text:String})", chdb.Param{Name: "text", Value: escape(q.text)})
	if err == nil {
		return notImplemented("This statement")
	}
	return err
}

// escape gives a value the form in which parameters are given.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\x00", `\0`).Replace(text)
}

// answerQuery sends the answer block by block where the format allows it and the statement is a SELECT, else whole.
func answerQuery(out *response, conn *chdb.Conn, q *query) error {
	format := firstOf(q.statement.Format, q.defaultFormat)
	if q.canStream(format) {
		stream, err := conn.Stream(q.text, q.defaultFormat, q.params...)
		if err == nil {
			defer stream.Close()
			return answerStream(out, stream, format)
		}
		if !hasCode(err, chdb.CodeBadArguments) || !strings.Contains(err.Error(), "Streaming query is not supported") {
			return err
		}
	}
	result, err := conn.Query(q.text, q.defaultFormat, q.params...)
	if err != nil {
		return err
	}
	defer result.Close()
	progress := result.Progress()
	if err := out.begin(format, &progress); err != nil {
		return err
	}
	return out.write(result.Bytes())
}

func answerStream(out *response, stream *chdb.Stream, format string) error {
	for {
		block, err := stream.Next()
		if errors.Is(err, io.EOF) {
			if !out.begun {
				return out.begin(format, nil)
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
		progress := block.Progress()
		if err := out.begin(format, &progress); err != nil {
			return err
		}
	}
	return out.write(block.Bytes())
}

const (
	// The engine stops a query at max_execution_time by itself, but looks at the clock only between blocks and lets the query raise it.
	killGrace   = 5 * time.Second
	killWaitMin = 10 * time.Millisecond
	killWaitMax = time.Second
)

// watch kills a query when its context ends, the handler closes, or its time is long over. The query has ended when stop is called.
func (h *Handler) watch(ctx context.Context, q *query) (stop func()) {
	ended, left := make(chan struct{}), make(chan struct{})
	var overdue <-chan time.Time
	if h.config.QueryTimeout > 0 {
		timer := time.NewTimer(h.config.QueryTimeout + killGrace)
		overdue = timer.C
	}
	go func() {
		defer close(left)
		select {
		case <-ended:
			return
		case <-ctx.Done():
		case <-h.ctx.Done():
		case <-overdue:
		}
		// The query may not have started yet, so one attempt is not enough.
		for wait := killWaitMin; ; wait = min(2*wait, killWaitMax) {
			h.kill(q.tag)
			select {
			case <-ended:
				return
			case <-time.After(wait):
			}
		}
	}()
	return func() {
		close(ended)
		<-left
	}
}

func (h *Handler) kill(tag string) {
	conn, err := h.connect()
	if err != nil {
		return // the next attempt may find one
	}
	defer conn.Close()
	_ = conn.Exec("KILL QUERY WHERE Settings['log_comment'] = " + quote(tag, '\'') + " ASYNC")
}

// explain says of a query that was killed why that was.
func (h *Handler) explain(ctx context.Context, err error) error {
	switch {
	case err == nil || !hasCode(err, codeQueryWasCancelled):
		return err
	case h.ctx.Err() != nil:
		return exception(codeQueryWasCancelled, "QUERY_WAS_CANCELLED", "Query was cancelled: the embedded ClickHouse is shutting down")
	case ctx.Err() != nil:
		return errClientGone
	case h.config.QueryTimeout > 0:
		return exception(codeTimeoutExceeded, "TIMEOUT_EXCEEDED", "Timeout exceeded: maximum: %v (query_timeout)", h.config.QueryTimeout)
	}
	return err
}
