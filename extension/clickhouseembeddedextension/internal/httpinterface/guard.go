package httpinterface

import (
	"strings"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/statement"
)

// classify lets one statement pass, and a read-only user or method only one that changes nothing.
func (h *Handler) classify(conn *chdb.Conn, q *query) (chdb.Class, error) {
	count, class := conn.Classify(q.text)
	switch {
	case count == 0:
		return class, syntaxError(conn, q)
	case count > 1:
		return class, exception(proto.ErrSyntaxError, "Syntax error (Multi-statements are not allowed)")
	case q.readOnly && class != chdb.ReadOnly:
		return class, errReadOnly(q)
	case q.user.ReadOnly:
		return class, h.refuseOutside(conn, q)
	}
	return class, nil
}

// refuseOutside keeps a read-only user to the tables. The engine's readonly is not enough: it lets a SETTINGS clause in a subquery
// lift readonly for that subquery, and DESCRIBE looks into files.
func (h *Handler) refuseOutside(conn *chdb.Conn, q *query) error {
	canonical, err := canonical(conn, q.text)
	if err != nil {
		return err
	}
	if statement.HasSettings(canonical) {
		return exception(proto.ErrReadonly, "%s: Cannot modify settings in readonly mode; give them as parameters of the URL", q.user.Name)
	}
	if function := statement.Calls(canonical, h.outside); function != "" {
		return exception(proto.ErrReadonly, "%s: Cannot use the function %s in readonly mode", q.user.Name, function)
	}
	return nil
}

// canonical is the text of a statement as the engine writes it.
func canonical(conn *chdb.Conn, text string) (string, error) {
	result, err := conn.Query("SELECT formatQuery({text:String})", "TSVRaw", chdb.Param{Name: "text", Value: escape(text)})
	if err != nil {
		return "", err
	}
	defer result.Close()
	return string(result.Bytes()), nil
}

// insideFunctions are the table functions that reach neither files nor other hosts. format is a scalar function too.
var insideFunctions = []string{
	"values", "numbers", "numbers_mt", "zeros", "zeros_mt", "generateSeries", "generate_series", "generateRandom", "primes", "null", "format",
	"view", "viewExplain", "viewIfPermitted", "merge", "mergeTreeIndex", "mergeTreeProjection", "dictionary", "input",
}

// outsideFunctions are all other table functions of the engine, in lower case.
func outsideFunctions(conn *chdb.Conn) (map[string]bool, error) {
	result, err := conn.Query("SELECT name FROM system.table_functions", "TSVRaw")
	if err != nil {
		return nil, err
	}
	defer result.Close()
	outside := map[string]bool{}
	for name := range strings.FieldsSeq(string(result.Bytes())) {
		outside[strings.ToLower(name)] = true
	}
	for _, name := range insideFunctions {
		delete(outside, strings.ToLower(name))
	}
	return outside, nil
}

// syntaxError is the parser's word on a text that it does not take; running the text would run the statements before the mistake.
func syntaxError(conn *chdb.Conn, q *query) error {
	if _, err := canonical(conn, q.text); err != nil {
		return err
	}
	return notImplemented("This statement")
}

// escape gives a value the form in which parameters are given.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\x00", `\0`).Replace(text)
}

func errReadOnly(q *query) error {
	if q.user.ReadOnly {
		return exception(proto.ErrReadonly, "%s: Cannot execute query in readonly mode", q.user.Name)
	}
	return exception(proto.ErrReadonly,
		"Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
}
