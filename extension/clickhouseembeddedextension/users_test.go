package clickhouseembeddedextension_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

func withUsers(config *clickhouseembeddedextension.Config) {
	config.Username, config.Password = "boss", "pässword:1"
	config.ReadonlyUsername, config.ReadonlyPassword = "dash", "look"
}

func TestAuthentication(t *testing.T) {
	c := start(t, withUsers)
	basic := func(user, password string) []string {
		request, err := http.NewRequest(http.MethodGet, "/", nil)
		require.NoError(t, err)
		request.SetBasicAuth(user, password)
		return []string{"Authorization", request.Header.Get("Authorization")}
	}
	const one = "query=SELECT+1"
	require.Equal(t, "1\n", c.do("POST", one, "", basic("boss", "pässword:1")...).body)
	require.Equal(t, "1\n", c.do("POST", one, "", "X-ClickHouse-User", "boss", "X-ClickHouse-Key", "pässword:1").body)
	require.Equal(t, "1\n", c.get("SELECT 1", "user=boss", "password=pässword:1").body)
	require.Equal(t, "1\n", c.get("SELECT 1", "user=dash", "password=look").body)

	anonymous := c.do("POST", one, "")
	c.refused(anonymous, 401, "194")
	require.Contains(t, anonymous.header.Get("WWW-Authenticate"), "Basic")
	c.refused(c.do("POST", one, "", basic("boss", "wrong")...), 403, "516")
	c.refused(c.do("POST", one, "", basic("nobody", "pässword:1")...), 403, "516")
	c.refused(c.do("POST", one, "", basic("boss", "look")...), 403, "516")
	c.refused(c.do("POST", one, "", "Authorization", "Bearer x"), 403, "516")
	c.refused(c.do("POST", one+"&user=boss", "", basic("boss", "pässword:1")...), 403, "516")
}

func TestReadOnlyUserOnlyReads(t *testing.T) {
	c := start(t, withUsers)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	as := func(user, password, statement string, parameters ...string) answer {
		t.Helper()
		return c.post(statement, append(parameters, "user="+user, "password="+password)...)
	}
	boss := func(statement string) answer { return as("boss", "pässword:1", statement) }
	require.Equal(t, 200, boss("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n").status)
	require.Equal(t, 200, boss("INSERT INTO t VALUES (1)").status)

	allowed := func(want, statement string, parameters ...string) {
		t.Helper()
		got := as("dash", "look", statement, parameters...)
		require.Equal(t, 200, got.status, got.body)
		require.Equal(t, want, got.body)
	}
	allowed("1\n", "SELECT n FROM t")
	allowed("1\n", "SELECT getSetting('max_threads')", "max_threads=1")
	allowed("t\n", "SHOW TABLES")
	allowed("3\n", "SELECT count() FROM numbers(3)")
	allowed("1-2\n", "SELECT format('{}-{}', 1, 2)")
	allowed("SETTINGS\n", "SELECT 'SETTINGS'")
	allowed("1\n", "SELECT count() FROM system.settings WHERE name = 'max_threads'") // as clients do that open a connection
	allowed("1\n", "SELECT 1", "log_comment=the query's author")

	refused := func(statement string, parameters ...string) {
		t.Helper()
		got := as("dash", "look", statement, parameters...)
		require.Contains(t, []string{"164", "497", "344", "48", "62"}, got.header.Get("X-ClickHouse-Exception-Code"), statement+" "+got.body)
	}
	for _, statement := range []string{
		"INSERT INTO t VALUES (2)", "INSERT INTO t FORMAT CSV\n2", "INSERT INTO t SELECT 2", "INSERT INTO FUNCTION file('" + secret + "2') SELECT 1",
		"CREATE TABLE u (n UInt8) ENGINE = Memory", "CREATE TEMPORARY TABLE u (n UInt8)", "CREATE DATABASE u", "CREATE VIEW v AS SELECT 1", "CREATE FUNCTION f AS x -> x",
		"CREATE USER u", "DROP TABLE t", "TRUNCATE TABLE t", "ALTER TABLE t DELETE WHERE 1", "ALTER TABLE t ADD COLUMN m UInt8", "DELETE FROM t WHERE 1",
		"OPTIMIZE TABLE t", "RENAME TABLE t TO u", "DETACH TABLE t", "SYSTEM STOP MERGES", "KILL QUERY WHERE 1", "SET readonly = 0", "SET ROLE owner", "SET ROLE DEFAULT", "SELECT 1 PARALLEL WITH SET ROLE owner",
		"set /**/ Role ALL", "SET DEFAULT ROLE owner TO default", "EXECUTE AS default SELECT 1", "EXECUTE AS default", "GRANT owner TO default", "REVOKE reader FROM default", "USE system",
		"SELECT 1 SETTINGS readonly = 0", "SELECT 1 settings readonly = 2", "SELECT name FROM system.settings Settings readonly = 2", "SELECT * FROM (SELECT * FROM file('" + secret + "', LineAsString) SETTINGS readonly = 2)",
		"SELECT * FROM file('" + secret + "', LineAsString) SETTINGS readonly = 2", "WITH x AS (SELECT 1 SETTINGS readonly = 0) SELECT * FROM x", "SELECT 1; DROP TABLE t", "DROP TABLE t; SELECT 1", "SELECT 1; garbage(",
		"SELECT 1 INTO OUTFILE '" + secret + "2'", "SELECT 1 INTO OUTFILE '" + secret + "2'; garbage(", "BACKUP TABLE t TO File('b')",
		"SELECT * FROM file('" + secret + "', LineAsString)", "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)",
		"SELECT * FROM executable('id', TSV, 's String')", "SELECT * FROM remote('127.0.0.1', system.one)", "DESCRIBE TABLE `fi\\x6ce`('" + secret + "', LineAsString)", "SELECT file('" + secret + "')", "DESCRIBE TABLE file('" + secret + "', LineAsString)",
		"SELECT 1 AS a$x$ FROM file('" + secret + "', LineAsString) SETTINGS readonly = 2 -- $x$", "SELECT 1 SETTINGS max_threads = 2",
		"SELECT * FROM t FORMAT", "EXPLAIN SELECT * FROM file('" + secret + "', LineAsString)",
	} {
		refused(statement)
		refused(statement, "readonly=0")
	}
	for _, function := range []string{"aiGenerate('a', map('credentials', 'c'))", "`aiEmbed`('a', 'm', map('credentials', 'c'))", "catboostEvaluate('" + secret + "', 1)"} {
		refused("SELECT "+function, "allow_experimental_ai_functions=1")
	}
	require.NoFileExists(t, secret+"2")
	require.NotContains(t, as("dash", "look", "SELECT file('"+secret+"')").body, "secret")
	for _, byName := range []string{"arrayMap(file, [path])", "arrayMap(`file`, [path])", "* APPLY file", "* APPLY(file)", "COLUMNS('path') APPLY \"file\"", "arrayMap(aiGenerate, [path])", "arrayMap({name:Identifier}, [path])"} {
		refused("SELECT "+byName+" FROM (SELECT '"+secret+"' AS path)", "allow_experimental_ai_functions=1", "param_name=file")
	}
	refused("SELECT {a$x$:String}, file('"+secret+"'), {a$x$:String}", "param_a$x$=1") // in one reading, a text of its own
	allowed("1\ta file\n", "SELECT {name:Identifier}, {text:String} FROM {table:Identifier}", "param_name=n", "param_table=t", "param_text=a file")
	allowed("file\t2026-11-30 00:00:00\t[1]\n", "SELECT {text:String}, {at:DateTime('UTC')}, {list:Array(Nullable(Int8))}",
		"param_text=file", "param_at=2026-11-30 00:00:00", "param_list=[1]")
	allowed("file\n", "SELECT 'file'")
	// The engine's database default has the files of the machine for tables, by their names.
	csv := filepath.Join(t.TempDir(), "known.csv")
	require.NoError(t, os.WriteFile(csv, []byte("what\nsecret\n"), 0o600))
	for _, name := range []string{"`" + csv + "`", "default.`" + csv + "`", "`default`.`" + csv + "`", "\"default\".\"" + csv + "\""} {
		require.NotContains(t, as("dash", "look", "SELECT * FROM "+name).body, "secret", name)
		require.NotContains(t, as("dash", "look", "SELECT * FROM "+name, "database=default").body, "secret", name)
	}
	require.Equal(t, "1\n", boss("SELECT count() FROM t").body)
}

// The engine opens with a database in which every file of the machine is a table.
func TestReadOnlyUserHearsOfNoFile(t *testing.T) {
	c := start(t, withUsers)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	require.NoError(t, os.WriteFile(secret, []byte("what\nsecret\n"), 0o600))
	as := func(user, statement string) string {
		return c.post(statement, "user="+user, "password="+map[string]string{"boss": "pässword:1", "dash": "look"}[user]).body
	}
	as("boss", "SELECT * FROM default.`"+secret+"`")
	require.NotContains(t, as("dash", "SELECT * FROM default.`"+secret+"`"), "secret\n")
	require.Equal(t, "0\n", as("dash", "EXISTS TABLE default.`"+secret+"`"))
	for _, function := range []string{"dictGet", "dictHas", "dictGetUInt64OrDefault", "naiveBayesClassifier"} {
		as("dash", "SELECT "+function+"('"+secret+"', 'a', 1)")
		require.NotContains(t, as("dash", "SELECT * FROM default.`"+secret+"`"), "secret\n", function)
	}
	require.Equal(t, "0\n", as("dash", "EXISTS DICTIONARY default.`"+secret+"`"))
}

func TestReadOnlyUserReadsDictionaries(t *testing.T) {
	c := start(t, withUsers)
	require.Equal(t, 200, c.post("CREATE TABLE teams (id UInt64, name String) ENGINE = MergeTree ORDER BY id", "user=boss", "password=pässword:1").status)
	require.Equal(t, 200, c.post("INSERT INTO teams VALUES (1, 'search')", "user=boss", "password=pässword:1").status)
	require.Equal(t, 200, c.post("CREATE DICTIONARY team (id UInt64, name String) PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'teams')) LAYOUT(FLAT()) LIFETIME(0)",
		"user=boss", "password=pässword:1").status)
	require.Equal(t, "search\n", c.post("SELECT dictGet('team', 'name', 1)", "user=dash", "password=look").body)
}

func TestReadOnlyUserReachesNoFileBySettings(t *testing.T) {
	c := start(t, withUsers)
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	lifted := "(SELECT * FROM file('" + secret + "', LineAsString) SETTINGS readonly = 2)"
	f := func(statement string, parameters ...string) {
		t.Helper()
		got := c.post(statement, append(parameters, "user=dash", "password=look")...)
		c.refused(got, 500, "164")
		require.NotContains(t, got.body, "Delimiter")
	}
	f("SELECT 1 AS a FORMAT Template", "format_template_row="+secret)
	f("SELECT 1 AS a", "default_format=Template", "format_template_resultset="+secret)
	f("SELECT 1 AS a FORMAT Protobuf", "output_format_schema="+filepath.Join(folder, "written"), "format_protobuf_use_autogenerated_schema=1")
	f("SELECT 1 AS a FORMAT Protobuf", "format_schema="+secret+":M")
	f("SELECT 1 AS a FORMAT Protobuf", "format_schema_source=query", "format_schema=SELECT 1", "format_schema_message_name=M")
	f("SELECT 1", "additional_result_filter=throwIf(1, "+lifted+") = 0")
	f("SELECT * FROM system.one", "additional_table_filters={'system.one': 'throwIf(1, (SELECT 1)) = 0'}")
	f("SELECT file('"+secret+"') FROM numbers(2)", "offset=1")
	f("SELECT * FROM "+lifted+" UNION ALL "+lifted, "offset=1")
	f("DESCRIBE TABLE file('"+secret+"', LineAsString)", "offset=1")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	boss := c.post("SELECT 1 AS a", "additional_result_filter=a = 2", "user=boss", "password=pässword:1")
	require.Equal(t, 200, boss.status, boss.body)
	require.Empty(t, boss.body)
	csv := c.post("SELECT NULL FORMAT CSV", "format_csv_null_representation=none", "user=dash", "password=look")
	require.Equal(t, "none\n", csv.body)
	require.Equal(t, "2\n", c.post("SELECT number FROM numbers(3)", "offset=2", "user=dash", "password=look").body)
	long := "SELECT 1 /*" + strings.Repeat(" ", 300_000) + "*/"
	require.Equal(t, "1\n", c.post(long, "max_query_size=1000000", "user=dash", "password=look").body)
	c.refused(c.post(long, "user=dash", "password=look"), 400, "62")
	require.Equal(t, "3\n", c.post("1 + 2", "implicit_select=1", "user=dash", "password=look").body)
}

// By none of these does a query go on for longer than query_timeout, run another one than was checked, write to the Collector's log, or end
// the Collector for want of stack.
func TestReadOnlyUserKeepsNoPlaceBySettings(t *testing.T) {
	c := start(t, withUsers)
	for _, setting := range []string{
		"merge_tree_storage_snapshot_sleep_ms=1", "max_local_read_bandwidth=1000000000", "ast_fuzzer_runs=1", "ast_fuzzer_any_query=1", "send_logs_level=trace",
		"dialect=clickhouse", "max_parser_depth=2000", "max_parser_backtracks=2000000", "max_expanded_ast_elements=600000",
	} {
		c.refused(c.post("SELECT 1", setting, "user=dash", "password=look"), 500, "164")
		require.Equal(t, "1\n", c.post("SELECT 1", setting, "user=boss", "password=pässword:1").body, setting)
	}
}

// By the settings of 24.2 the parser goes back as often as it likes, where nothing ends it.
func TestReadOnlyUserLiftsNoLimitOfTheParserByCompatibility(t *testing.T) {
	c := start(t, withUsers)
	got := c.post("SELECT getSetting('compatibility'), getSetting('max_parser_backtracks')", "compatibility=24.2", "user=dash", "password=look")
	require.Equal(t, "24.2\t1000000\n", got.body)
}

// KQL's translator does not escape what it quotes: the engine runs another statement than the one that was checked.
func TestReadOnlyUserReadsNoFileByAnotherDialect(t *testing.T) {
	c := start(t, withUsers)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("hidden words"), 0o600))
	translated := `print(datetime("2020-01-01', 9, 'UTC')), ' ', 'T'), 1, 27), file('` + secret + `') AS x, tuple(((('"))`
	kusto := []string{"dialect=kusto", "allow_experimental_kusto_dialect=1", "implicit_select=1"}
	require.Contains(t, c.post(translated, append(kusto, "user=boss", "password=pässword:1")...).body, "hidden words")
	got := c.post(translated, append(kusto, "user=dash", "password=look")...)
	require.NotContains(t, got.body, "hidden words")
	c.refused(got, 500, "164")
}

func TestReadOnlyUserDoesNotEndTheCollectorByADeepStatement(t *testing.T) {
	c := start(t, withUsers)
	deep := "SELECT a" + strings.Repeat(".1", 60_000) + " FROM (SELECT (1, 2) AS a)"
	c.refused(c.post(deep, "max_parser_depth=100000000", "user=dash", "password=look"), 500, "164")
	require.Equal(t, "1\n", c.post("SELECT 1", "user=dash", "password=look").body)
}

// The engine goes down into each table of a join, without looking at how much stack is left.
func TestReadOnlyUserDoesNotEndTheCollectorByAWideStatement(t *testing.T) {
	c := start(t, withUsers)
	tables := func(count int) string {
		return "SELECT count() FROM system.one" + strings.Repeat(", system.one", count-1)
	}
	c.refused(c.post(tables(4000), "user=dash", "password=look"), 400, "168")
	c.refused(c.post(tables(4000), "max_ast_elements=50000", "user=dash", "password=look"), 500, "164")
	require.Equal(t, "1\n", c.post(tables(100), "user=dash", "password=look").body)
}

// The rows of the owner would wait behind thousands of threads, and the Collector end where it may have no more of them.
func TestReadOnlyUserHasNoMoreThreadsThanTheEngineGives(t *testing.T) {
	c := start(t, withUsers)
	threads := func(asked, user, password string) string {
		t.Helper()
		got := c.post("SELECT getSetting('max_threads')", "max_threads="+asked, "user="+user, "password="+password)
		require.Equal(t, 200, got.status, got.body)
		return got.body
	}
	given := threads("auto", "dash", "look")
	require.Equal(t, given, threads("0", "dash", "look"))
	for _, more := range []string{"20000", "+20000", "18446744073709571616"} {
		require.Equal(t, given, threads(more, "dash", "look"), more)
	}
	require.Equal(t, "1\n", threads("1", "dash", "look"))
	require.NotEqual(t, given, threads("500", "boss", "pässword:1"))
	c.refused(c.post("SELECT 1", "max_threads=many", "user=dash", "password=look"), 400, "27")
}

func TestPagesOfOtherSitesAreKeptOut(t *testing.T) {
	c := start(t)
	require.Equal(t, 403, c.do("POST", "", "SELECT 1", "Origin", "http://example.org").status)
	require.Equal(t, 403, c.do("POST", "", "SELECT 1", "Sec-Fetch-Site", "cross-site").status)
	require.Equal(t, 403, c.do("GET", "query=SELECT+1", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors").status) // an image
	require.Equal(t, 403, c.do("GET", "query=SELECT+1", "", "Origin", "http://example.org").status)
	require.Equal(t, 200, c.do("GET", "query=SELECT+1", "", "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate").status)
	require.Equal(t, 200, c.do("POST", "", "SELECT 1", "Origin", "http://"+c.addr).status)

	request, err := http.NewRequest(http.MethodGet, "http://"+c.addr+"/?query=SELECT+1", nil)
	require.NoError(t, err)
	for host, status := range map[string]int{"rebound.example": 403, "rebound.example:8123": 403, "localhost:8123": 200, "127.0.0.1": 200, "[::1]:8123": 200} {
		request.Host = host
		response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode, host)
	}
}
