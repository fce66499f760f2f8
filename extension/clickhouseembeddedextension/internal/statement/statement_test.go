package statement

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseInsert(t *testing.T) {
	f := func(text, head, format, data string) {
		t.Helper()
		got := Parse(text)
		require.True(t, got.Insert, text)
		require.Equal(t, head, got.Head, text)
		require.Equal(t, format, got.Format, text)
		require.Equal(t, data, text[got.Data:], text)
	}
	f("INSERT INTO t FORMAT Native", "INSERT INTO t ", "Native", "")
	f("insert into t (a, format) format CSV\n1,2", "insert into t (a, format) ", "CSV", "1,2")
	f("INSERT INTO t FORMAT CSV \r\n\n1", "INSERT INTO t ", "CSV", "\n1")
	f("INSERT INTO t FORMAT RowBinary\n FORMAT ;'", "INSERT INTO t ", "RowBinary", " FORMAT ;'")
	f("INSERT INTO t VALUES (1, ';')", "INSERT INTO t ", "Values", " (1, ';')")
	f("INSERT INTO `va'lues`.values (a) VALUES (1)", "INSERT INTO `va'lues`.values (a) ", "Values", " (1)")
	f("INSERT INTO format FORMAT TSV", "INSERT INTO format ", "TSV", "")
	f("/* x */ -- FORMAT CSV\n INSERT t SETTINGS a = 1 FORMAT JSONEachRow {}", "/* x */ -- FORMAT CSV\n INSERT t SETTINGS a = 1 ", "JSONEachRow", "{}")
	f("INSERT INTO FUNCTION null('a Int8') VALUES (1)", "INSERT INTO FUNCTION null('a Int8') ", "Values", " (1)")
	f("INSERT INTO TABLE d.t (* EXCEPT(b)) FORMAT CSV", "INSERT INTO TABLE d.t (* EXCEPT(b)) ", "CSV", "")
}

func TestParseOther(t *testing.T) {
	f := func(text, format string) {
		t.Helper()
		require.Equal(t, Statement{Format: format}, Parse(text), text)
	}
	f("", "")
	f("-- nothing", "")
	f("SELECT 1", "")
	f("SELECT 1 FORMAT JSON", "JSON")
	f("SELECT 1 format JSON;", "JSON")
	f("SELECT 1 FORMAT JSON SETTINGS max_threads = 1", "JSON")
	f("SELECT format, 'x FORMAT CSV', `FORMAT TSV` FROM t -- FORMAT XML", "")
	f("SELECT (SELECT 1 FORMAT) /* FORMAT CSV */", "")
	f("SELECT $x$ FORMAT CSV $x$ FORMAT TSV", "TSV")
	f("SELECT 'it''s \\' FORMAT CSV'", "")
	f("SELECT 'unclosed FORMAT CSV", "")
	f("INSERT INTO t SELECT 1", "")
	f("INSERT INTO t (a) WITH x AS (SELECT 1) SELECT * FROM x", "")
	f("INSERT INTO t", "")
	f("INSERT", "")
	f("INSERT INTO", "")
	f("INSERT INTO t FORMAT", "")
	f("SYSTEM FLUSH LOGS", "")
}

func TestParseRefused(t *testing.T) {
	f := func(text, refused string) {
		t.Helper()
		require.Equal(t, refused, Parse(text).Refused, text)
	}
	f("SELECT 1 INTO OUTFILE '/tmp/x'", "INTO OUTFILE")
	f("SELECT 1 into /* a */ outfile 'x' FORMAT CSV", "INTO OUTFILE")
	f("INSERT INTO t FROM INFILE 'x' FORMAT CSV", "FROM INFILE")
	f("INSERT INTO t SELECT * FROM input('a Int8') FORMAT CSV\n1", "INSERT … SELECT … FROM input()")
	f("SYSTEM SHUTDOWN", "SYSTEM SHUTDOWN")
	f("system kill", "SYSTEM kill")
	f("SELECT 'INTO OUTFILE'", "")
}

func TestParseForSession(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		require.Equal(t, want, Parse(text).ForSession, text)
	}
	f("set a = 1", "SET")
	f("-- a\nUSE system", "USE")
	f("CREATE TEMPORARY TABLE t (n UInt8)", "CREATE TEMPORARY")
	f("create or replace /* a */ temporary view v AS SELECT 1", "CREATE TEMPORARY")
	f("CREATE TABLE temporary (n UInt8)", "")
	f("SELECT 1 AS set", "")
}

func TestHasSettings(t *testing.T) {
	require.True(t, HasSettings("SELECT * FROM (SELECT 1 SETTINGS readonly = 2)"))
	require.False(t, HasSettings("SELECT 'SETTINGS', `SETTINGS`, settings2 FROM t"))
	require.False(t, HasSettings("SELECT name FROM system.settings"))
}

func TestCalls(t *testing.T) {
	names := map[string]bool{"file": true}
	require.Equal(t, "file", Calls("SELECT * FROM file('x')", names))
	require.Equal(t, "FILE", Calls("SELECT 1 + FILE ('x')", names))
	require.Equal(t, "file", Calls("SELECT * FROM `file`('x')", names))
	require.Empty(t, Calls("SELECT file, 'file(' FROM (SELECT 1)", names))
}

func TestNames(t *testing.T) {
	names := map[string]bool{"file": true}
	require.Equal(t, "file", Names("SELECT arrayMap(file, ['x'])", names))
	require.Equal(t, "File", Names("SELECT * APPLY `File`", names))
	require.Equal(t, "file", Names("SELECT file('x')", names))
	require.Empty(t, Names("SELECT 'file', files, `a file`, profile -- file", names))
}

func TestHasUnclearParameters(t *testing.T) {
	require.False(t, HasUnclearParameters("SELECT {a:String}, {_b2:DateTime64(3, 'UTC')}, {c:Enum8('x\\'' = -1)}, {d:Tuple(`x` Int8)}, '{$'"))
	for _, parameter := range []string{"{a$x$:String}", "{$x$:String}", "{a:Enum8($x$'$x$ = 1)}", "{a:Enum8(‘'’ = 1)}", "{a:Int8 // '\n}", "{a:Enum8('x = 1)}"} {
		require.True(t, HasUnclearParameters("SELECT "+parameter+", 1"), parameter)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("INSERT INTO t (a) FORMAT CSV\n1")
	f.Add("SELECT $a$ ' $a$ FORMAT x")
	f.Fuzz(func(t *testing.T, text string) {
		got := Parse(text)
		require.LessOrEqual(t, got.Data, len(text))
		require.LessOrEqual(t, len(got.Head), len(text))
	})
}
