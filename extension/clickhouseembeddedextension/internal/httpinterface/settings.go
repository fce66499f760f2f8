package httpinterface

import (
	"strconv"
	"strings"
)

// readerElementsMax is how many parts a read-only user's statement may have, a table in its FROM being four. The engine's own limit, 50,000,
// lets so many be joined that planning them overflows the stack, which ends the process: 4,000 do.
const readerElementsMax = 5000

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
		case "interactive_delay": // of progress, which is not sent; with 0 the engine neither ends a query nor lets it be killed
		case "readonly":
			readonly = setting.Value
		case "max_execution_time":
			timeout = setting.Value
		case "max_threads":
			text.WriteString(", max_threads = " + quote(h.threads(q.user, setting.Value), '\''))
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
		text.WriteString(", max_ast_elements = " + strconv.Itoa(readerElementsMax))
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

// threads is the max_threads of a query: what the client asks for, but of a read-only user no more than the engine gives by itself. Rows
// would wait behind the others, and where a process may have no more threads it ends.
func (h *Handler) threads(user User, asked string) string {
	count, _ := strconv.ParseFloat(asked, 64) // the engine says what is wrong with it
	if user.ReadOnly && count > float64(h.maxThreads) {
		return strconv.FormatUint(h.maxThreads, 10)
	}
	return asked
}

func quote(text string, mark byte) string {
	escaped := strings.NewReplacer(`\`, `\\`, string(mark), `\`+string(mark)).Replace(text)
	return string(mark) + escaped + string(mark)
}
