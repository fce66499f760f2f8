package httpinterface

import (
	"cmp"
	"slices"
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
	}
	return class, nil
}

// parserSettings are those by which the engine reads the text of a statement, as far as read-only users can set them.
var parserSettings = []string{"implicit_select", "max_query_size"}

// confine keeps a read-only user to the tables: by the engine's rights, and by refusing what those do not cover, as it is with functions
// that open files or ask models, or what would lift a limit, as a SETTINGS clause does for its subquery. It comes before the settings of the
// query, as some cut what is to be checked off: offset=1.
func (h *Handler) confine(conn *chdb.Conn, q *query) error {
	if !q.user.ReadOnly {
		return nil
	}
	if err := conn.Confine(); err != nil {
		return err
	}
	for _, setting := range q.settings {
		if !slices.Contains(parserSettings, setting.Name) {
			continue
		}
		if err := conn.Exec("SET " + setting.Name + " = " + quote(setting.Value, '\'')); err != nil {
			return err
		}
	}
	canonical, err := canonical(conn, q.text)
	if err != nil {
		return err
	}
	if statement.HasSettings(canonical) {
		return exception(proto.ErrReadonly, "%s: Cannot modify settings in readonly mode; give them as parameters of the URL", q.user.Name)
	}
	if statement.HasUnclearParameters(canonical) {
		return exception(proto.ErrReadonly, "%s: Cannot use parameters of such names or types in readonly mode", q.user.Name)
	}
	function := cmp.Or(statement.Calls(canonical, h.outside), statement.Names(canonical, h.outsideByName), h.namedByParameter(canonical, q))
	if function != "" {
		return exception(proto.ErrReadonly, "%s: Cannot use the function %s in readonly mode", q.user.Name, function)
	}
	return nil
}

// namedByParameter gives the first function outside that the value of a parameter names, if any stands for a name: {p:Identifier}.
func (h *Handler) namedByParameter(canonical string, q *query) string {
	if statement.Names(canonical, map[string]bool{"identifier": true}) == "" {
		return ""
	}
	for _, param := range q.params {
		if h.outsideByName[strings.ToLower(param.Value)] {
			return param.Value
		}
	}
	return ""
}

// refuseSettings keeps a read-only user from settings that are files, expressions or unbound. They reach as far as SETTINGS clauses do, and
// hold for the statements of this package too, so that none may run before.
func (h *Handler) refuseSettings(q *query) error {
	if !q.user.ReadOnly {
		return nil
	}
	for _, setting := range q.settings {
		if h.outsideSettings[setting.Name] {
			return exception(proto.ErrReadonly, "%s: Cannot modify the setting %s in readonly mode", q.user.Name, setting.Name)
		}
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

// outsideTables are, in lower case, the table functions that reach files or other hosts. The engine has rights for these, but some open
// what they are given before they ask: sqlite. format is a scalar function, too.
const outsideTables = "SELECT lower(name) FROM system.table_functions WHERE name NOT IN (" +
	"'values', 'numbers', 'numbers_mt', 'zeros', 'zeros_mt', 'generateSeries', 'generate_series', 'generateRandom', 'primes', 'null', 'view', " +
	"'viewExplain', 'viewIfPermitted', 'merge', 'mergeTreeIndex', 'mergeTreeProjection', 'format')"

// outsideFunctions are the others that do; the engine has no rights for them. They are called also where they only stand as a name:
// arrayMap(file, …), * APPLY file.
const outsideFunctions = "SELECT lower(name) FROM system.functions " +
	"WHERE categories = 'AI' OR name IN ('file', 'catboostEvaluate') OR name LIKE 'naiveBayes%'"

// insideSettings are the settings whose text is neither a file nor an expression nor a host, and that readers may want.
var insideSettings = []string{
	"compatibility", "count_distinct_implementation", "errors_output_format", "force_data_skipping_indices", "force_optimize_projection_name",
	"ignore_data_skipping_indices", "log_comment", "network_compression_method", "preferred_optimize_projection_name", "query_cache_tag", "workload",
	"bool_true_representation", "bool_false_representation", "format_csv_null_representation", "format_tsv_null_representation",
	"format_custom_field_delimiter", "format_custom_row_before_delimiter", "format_custom_row_after_delimiter",
	"format_custom_row_between_delimiter", "format_custom_result_before_delimiter", "format_custom_result_after_delimiter",
	"format_json_object_each_row_column_for_object_name", "format_template_row_format", "format_template_resultset_format",
	"format_template_rows_between_delimiter", "output_format_avro_codec", "output_format_avro_string_column_pattern",
	"output_format_orc_writer_time_zone_name", "output_format_pretty_grid_charset", "output_format_sql_insert_table_name",
}

// unboundSettings are those by which a query waits, for as long as they say, where neither its time limit nor a kill ends it, is translated
// to another one or followed by random others that nobody has checked, writes what it does to the standard error output, is parsed so deep,
// or joins so much, that the stack overflows and the process ends, or fills the disk.
var unboundSettings = []string{
	"merge_tree_storage_snapshot_sleep_ms", "max_local_read_bandwidth", "max_parser_backtracks",
	"max_expanded_ast_elements",
	"dialect", "ast_fuzzer_runs", "ast_fuzzer_any_query",
	"send_logs_level",
	"max_parser_depth", "max_ast_elements", "min_free_disk_space_for_temporary_data",
}

// outsideSettings are all other settings of the engine that may hold any text, and the unbound ones. Other numbers, and choices, reach
// nothing.
func outsideSettings(conn *chdb.Conn) (map[string]bool, error) {
	outside, err := names(conn, "SELECT name FROM system.settings WHERE type IN ('String', 'Map', 'URI')")
	for _, name := range insideSettings {
		delete(outside, name)
	}
	for _, name := range unboundSettings {
		outside[name] = true
	}
	return outside, err
}

// names are the words that a statement answers with.
func names(conn *chdb.Conn, statement string) (map[string]bool, error) {
	result, err := conn.Query(statement, "TSVRaw")
	if err != nil {
		return nil, err
	}
	defer result.Close()
	found := map[string]bool{}
	for name := range strings.FieldsSeq(string(result.Bytes())) {
		found[name] = true
	}
	return found, nil
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
