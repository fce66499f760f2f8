package clickhouseembeddedextension_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// client asks a server as curl would.
type client struct {
	t    *testing.T
	addr string
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (c client) do(method, parameters, body string, headers ...string) answer {
	c.t.Helper()
	got, err := c.try(method, parameters, body, headers...)
	require.NoError(c.t, err)
	return got
}

// try is do for goroutines.
func (c client) try(method, parameters, body string, headers ...string) (answer, error) {
	request, err := http.NewRequest(method, "http://"+c.addr+"/?"+parameters, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	// Another connection each time, without compression that nobody asked for.
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(content)}, err
}

func (c client) get(query string, parameters ...string) answer {
	c.t.Helper()
	return c.do(http.MethodGet, "query="+url.QueryEscape(query)+join(parameters), "")
}

// post sends the statement in the body.
func (c client) post(body string, parameters ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, strings.TrimPrefix(join(parameters), "&"), body)
}

// insert sends the statement in the URL and the rows in the body.
func (c client) insert(statement, rows string, parameters ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, "query="+url.QueryEscape(statement)+join(parameters), rows)
}

func (c client) must(statement string) string {
	c.t.Helper()
	got := c.post(statement)
	require.Equal(c.t, 200, got.status, got.body)
	return got.body
}

func join(parameters []string) string {
	var joined strings.Builder
	for _, parameter := range parameters {
		name, value, _ := strings.Cut(parameter, "=")
		joined.WriteString("&" + url.QueryEscape(name) + "=" + url.QueryEscape(value))
	}
	return joined.String()
}

func start(t *testing.T, changes ...func(*clickhouseembeddedextension.Config)) client {
	t.Helper()
	return client{t: t, addr: clickhouseembeddedtest.Start(t, changes...)}
}

func (c client) refused(got answer, status int, code string) {
	c.t.Helper()
	require.Equal(c.t, code, got.header.Get("X-ClickHouse-Exception-Code"), got.body)
	require.Equal(c.t, status, got.status, got.body)
	require.Contains(c.t, got.body, "Code: "+code+". DB::Exception: ")
	require.Regexp(c.t, ` \([A-Z_]+\) \(version `, got.body)
}

func TestHealth(t *testing.T) {
	c := start(t)
	for path, status := range map[string]int{"/": 200, "/ping": 200, "/replicas_status": 200, "/play": 404} {
		response, err := http.Get("http://" + c.addr + path)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode, path)
		if status == 200 {
			require.Equal(t, "Ok.\n", string(body))
		}
	}
	http.DefaultClient.CloseIdleConnections()
	require.Equal(t, 405, c.do(http.MethodDelete, "", "").status)
	require.Equal(t, 204, c.do(http.MethodOptions, "", "").status)
	require.Empty(t, c.do(http.MethodHead, "query=SELECT+1", "").body)
}

func TestQueries(t *testing.T) {
	c := start(t)
	require.Equal(t, "1\n", c.get("SELECT 1").body)
	require.Equal(t, "1\n", c.post("SELECT 1").body)
	require.Equal(t, "3\n", c.do(http.MethodPost, "query=SELECT+1", "+ 2").body, "the body goes on where the URL ends")
	require.Equal(t, "[1]\n", c.get("SELECT 1", "default_format=JSONCompactEachRow").body)
	require.Equal(t, "[1]\n", c.do(http.MethodPost, "", "SELECT 1", "X-ClickHouse-Format", "JSONCompactEachRow").body)
	require.Equal(t, "\"1\"\n1\n", c.get("SELECT 1 FORMAT CSVWithNames", "default_format=JSON").body)
	require.Equal(t, "default\nsystem\n", c.get("SELECT name FROM system.databases WHERE name IN ('default', 'system') ORDER BY name").body)
	require.Contains(t, c.get("SHOW DATABASES").body, "system\n")
	require.Contains(t, c.get("DESCRIBE TABLE system.one").body, "dummy\tUInt8")
	require.Contains(t, c.get("EXPLAIN SELECT 1").body, "ReadFromSystemOne")
	c.refused(c.post(""), 400, "62")
	c.refused(c.post("SELECT * FROM nothing"), 404, "60")
	c.refused(c.post("SELECT FROM WHERE"), 400, "62")
	c.refused(c.post("SELECT 1; SELECT 2"), 400, "62")
	c.refused(c.post("SELECT 1 FORMAT Nope"), 404, "73")
	c.refused(c.post("SELECT 1 + 'a"), 400, "62")
	require.Equal(t, "1\n", c.post("SELECT 1;").body)
}

func TestHeaders(t *testing.T) {
	c := start(t)
	got := c.get("SELECT 1 FORMAT JSON", "query_id=mine")
	require.Equal(t, "mine", got.header.Get("X-ClickHouse-Query-Id"))
	require.Equal(t, "JSON", got.header.Get("X-ClickHouse-Format"))
	require.Equal(t, "application/json; charset=UTF-8", got.header.Get("Content-Type"))
	require.NotEmpty(t, got.header.Get("X-ClickHouse-Server-Display-Name"))
	require.NotEmpty(t, got.header.Get("X-ClickHouse-Timezone"))
	require.Len(t, got.header.Get("X-ClickHouse-Exception-Tag"), 16)
	require.Contains(t, got.header.Get("X-ClickHouse-Summary"), `"read_rows":"1"`)
	require.Len(t, c.get("SELECT 1").header.Get("X-ClickHouse-Query-Id"), 36)

	c.must("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
	got = c.insert("INSERT INTO t FORMAT CSV", "1\n2\n")
	require.Contains(t, got.header.Get("X-ClickHouse-Summary"), `"written_rows":"2"`)
}

func TestInserts(t *testing.T) {
	c := start(t)
	c.must("CREATE TABLE t (n UInt8, s String) ENGINE = MergeTree ORDER BY n")
	rows := func(want string) {
		t.Helper()
		require.Equal(t, want, c.must("SELECT n, s FROM t ORDER BY n, s FORMAT CSV"))
		c.must("TRUNCATE TABLE t")
	}
	f := func(got answer) {
		t.Helper()
		require.Equal(t, 200, got.status, got.body)
		require.Empty(t, got.body)
	}
	f(c.insert("INSERT INTO t FORMAT CSV", "1,a;b\n2,\"c\n\"\n"))
	rows("1,\"a;b\"\n2,\"c\n\"\n")
	f(c.post("INSERT INTO t FORMAT CSV\n1,a\n2,b"))
	rows("1,\"a\"\n2,\"b\"\n")
	f(c.post("INSERT INTO t (s, n) VALUES ('x', 1 + 1), ('INSERT; ', 3)"))
	rows("2,\"x\"\n3,\"INSERT; \"\n")
	f(c.insert("INSERT INTO t VALUES", "(1, 'a')"))
	rows("1,\"a\"\n")
	f(c.insert("INSERT INTO t VALUES (1, 'a'),", "(2, 'b');"))
	rows("1,\"a\"\n2,\"b\"\n")
	f(c.insert("INSERT INTO t FORMAT RowBinary", "\x01\x03\n;\x00"))
	require.Equal(t, "0A3B00\n", c.must("SELECT hex(s) FROM t"))
	c.must("TRUNCATE TABLE t")
	f(c.post("INSERT INTO t SELECT 1, 'a'"))
	rows("1,\"a\"\n")
	f(c.insert("INSERT INTO t FORMAT CSV", ""))
	rows("")
	f(c.insert("INSERT INTO t (n, s) SETTINGS input_format_null_as_default = 1 FORMAT JSONEachRow", `{"n": 1, "s": null}`))
	rows("1,\"\"\n")
	f(c.insert("INSERT INTO t SELECT {n:UInt8}, {s:String}", "", "param_n=5", `param_s=a\tb`))
	rows("5,\"a\tb\"\n")
	c.refused(c.insert("INSERT INTO nothing FORMAT CSV", "1"), 404, "60")
	c.refused(c.insert("INSERT INTO t FORMAT Nope", "1"), 404, "73")
	c.refused(c.insert("INSERT INTO t FORMAT CSV", "x,1\n"), 400, "27")
	c.refused(c.post("INSERT INTO t"), 400, "62")
	rows("")
}

func TestDatabaseSettingsAndParameters(t *testing.T) {
	c := start(t)
	c.must("CREATE DATABASE `a b`")
	c.must("CREATE TABLE `a b`.t (n UInt8) ENGINE = Memory")
	require.Equal(t, "a b\t0\n", c.get("SELECT currentDatabase(), count() FROM t", "database=a b").body)
	require.Equal(t, "a b\n", c.do(http.MethodGet, "query=SELECT+currentDatabase()", "", "X-ClickHouse-Database", "a b").body)
	c.refused(c.get("SELECT 1", "database=nothing"), 404, "81")
	require.Equal(t, 200, c.insert("INSERT INTO t FORMAT CSV", "1", "database=a b").status)

	require.Equal(t, "3\n", c.get("SELECT getSetting('max_threads')", "max_threads=3").body)
	require.NotEqual(t, "3\n", c.get("SELECT getSetting('max_threads')").body, "settings are gone with their query")
	require.Equal(t, "`'\\\n", c.get("SELECT getSetting('format_csv_null_representation') FORMAT TSVRaw", "format_csv_null_representation=`'\\").body)
	require.Equal(t, "1970-01-01 09:00:00\n", c.get("SELECT toDateTime(0)", "session_timezone=Asia/Tokyo").body, "a setting, of no session")
	require.Equal(t, "1\n", c.get("SELECT 1", "interactive_delay=0").body, "a query that nothing would end")
	c.refused(c.get("SELECT 1", "no_such_setting=1"), 404, "115")
	c.refused(c.get("SELECT 1", "x` = 1, `readonly=0"), 404, "115")
	require.NotEqual(t, 200, c.get("SELECT 1", "max_threads=many").status)

	require.Equal(t, "1\ta'b\t['x']\n", c.get("SELECT {n:Int32}, {s:String}, {l:Array(String)} FORMAT TSVRaw", "param_n=1", "param_s=a'b", "param_l=['x']").body)
	require.Equal(t, "1\n", c.get("SELECT count() FROM {db:Identifier}.t", "param_db=a b").body)
	c.refused(c.get("SELECT {n:Int32}"), 500, "456")
	require.NotEqual(t, 200, c.get("SELECT {n:Int32}", "param_n=x").status)
}

func TestNotSupported(t *testing.T) {
	c := start(t)
	c.refused(c.get("SELECT count() FROM system.stack_trace"), 404, "60")
	c.refused(c.get("SELECT count() FROM system.models"), 404, "60")
	c.refused(c.get("SELECT 1", "session_id=x", "session_check=1"), 501, "48")
	c.refused(c.get("SELECT 1", "role=x"), 501, "48")
	c.refused(c.post("SELECT 1 INTO OUTFILE 'x'"), 501, "48")
	c.refused(c.post("INSERT INTO t FROM INFILE 'x' FORMAT CSV"), 501, "48")
	c.refused(c.post("SYSTEM SHUTDOWN"), 501, "48")
	c.refused(c.do(http.MethodPost, "", "--x--", "Content-Type", "multipart/form-data; boundary=x"), 501, "48")
	c.refused(c.do(http.MethodPost, "", "x", "Content-Encoding", "snappy"), 501, "48")
}

// clickhouse-connect, and what is built on it, names a session with every statement but its first ones.
func TestSessionsKeepNothing(t *testing.T) {
	c := start(t, withUsers)
	for _, who := range [][]string{{"user=boss", "password=pässword:1"}, {"user=dash", "password=look"}} {
		session := append(who, "session_id=6cbbbd4f-0a9c-4c0e-8d58-6f0e5a2b9f0d", "session_timeout=60", "session_check=0")
		require.Equal(t, "1\n", c.post("SELECT 1", session...).body)
		require.Equal(t, "set\n", c.post("SELECT 'set'", session...).body)
		for _, statement := range []string{
			"SET max_threads = 1", "/* a */ set max_threads = 1", "USE system", "CREATE TEMPORARY TABLE t (n UInt8)", "CREATE OR REPLACE TEMPORARY TABLE t (n UInt8)",
		} {
			c.refused(c.post(statement, session...), 501, "48")
		}
	}
	boss := []string{"user=boss", "password=pässword:1", "session_id=x"}
	require.Equal(t, 200, c.post("CREATE TABLE temporary (n UInt8) ENGINE = MergeTree ORDER BY n", boss...).status)
	require.Equal(t, 200, c.insert("INSERT INTO temporary FORMAT CSV", "1\n", boss...).status)
}

func TestGetIsReadOnly(t *testing.T) {
	c := start(t)
	c.must("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
	c.refused(c.get("INSERT INTO t VALUES (1)"), 500, "164")
	c.refused(c.get("INSERT INTO t SELECT 1"), 500, "164")
	c.refused(c.get("DROP TABLE t"), 500, "164")
	c.refused(c.get("DROP TABLE t", "readonly=0"), 500, "164")
	require.Equal(t, "2\n", c.get("SELECT getSetting('max_threads') SETTINGS max_threads = 2").body, "readonly=2 lets settings be changed")
	require.Equal(t, "0\n", c.must("SELECT count() FROM t"))
}
