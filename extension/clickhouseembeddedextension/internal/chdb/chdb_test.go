package chdb

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Stop()
	os.Exit(code)
}

func libraryPath(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("LLMTAP_LIBCHDB"); path != "" {
		return path
	}
	path, err := filepath.Abs("../../../../.cache/libchdb/libchdb.so")
	require.NoError(t, err)
	require.FileExists(t, path, "fetch it with `make libchdb`")
	return path
}

func open(t *testing.T) (*Engine, *Conn) {
	t.Helper()
	engine, err := Open(libraryPath(t), t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	conn, err := engine.Connect()
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return engine, conn
}

func text(t *testing.T, conn *Conn, statement string, params ...Param) string {
	t.Helper()
	result, err := conn.Query(statement, "TSV", params...)
	require.NoError(t, err)
	defer result.Close()
	return string(result.Bytes())
}

func TestQuery(t *testing.T) {
	_, conn := open(t)
	require.Equal(t, "7\tüa;\n", text(t, conn, "SELECT 7, 'üa;'"))
	require.Empty(t, text(t, conn, "SELECT 1 WHERE 0"))
	require.Equal(t, "a\\'b\n", text(t, conn, "SELECT {x:String}", Param{"x", "a'b"}))
	require.Equal(t, "5\n", text(t, conn, "SELECT {n:UInt8} + {m:UInt8}", Param{"n", "2"}, Param{"m", "3"}))

	_, err := conn.Query("SELECT * FROM nothing", "TSV")
	var exception *Error
	require.ErrorAs(t, err, &exception)
	require.Equal(t, proto.ErrUnknownTable, exception.Code)
	require.Contains(t, exception.Message, "UNKNOWN_TABLE")
}

func TestSettingsStayWithTheirConnection(t *testing.T) {
	engine, conn := open(t)
	other, err := engine.Connect(Setting{"max_threads", "1"})
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, other.Exec("SET log_comment = 'mine'"))
	require.Equal(t, "1\tmine\n", text(t, other, "SELECT getSetting('max_threads'), getSetting('log_comment')"))
	require.Equal(t, "\n", text(t, conn, "SELECT getSetting('log_comment')"))
}

func TestStream(t *testing.T) {
	_, conn := open(t)
	stream, err := conn.Stream("SELECT number FROM numbers(100000) SETTINGS max_block_size = 10000", "TSV")
	require.NoError(t, err)
	defer stream.Close()
	var all strings.Builder
	blocks := 0
	for {
		block, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		all.Write(block.Bytes())
		block.Close()
		blocks++
	}
	require.Greater(t, blocks, 5)
	require.Equal(t, 100000, strings.Count(all.String(), "\n"))
	require.True(t, strings.HasSuffix(all.String(), "99999\n"))
	_, err = stream.Next()
	require.ErrorIs(t, err, io.EOF)
}

func TestStreamLeftEarlyFreesTheConnection(t *testing.T) {
	_, conn := open(t)
	stream, err := conn.Stream("SELECT number FROM system.numbers", "Native")
	require.NoError(t, err)
	block, err := stream.Next()
	require.NoError(t, err)
	block.Close()
	stream.Close()
	require.Equal(t, "1\n", text(t, conn, "SELECT 1"))
}

func TestStreamRefusesOtherStatements(t *testing.T) {
	_, conn := open(t)
	_, err := conn.Stream("SHOW DATABASES", "TSV")
	var exception *Error
	require.ErrorAs(t, err, &exception)
	require.Equal(t, proto.ErrBadArguments, exception.Code)
}

func TestInsertTakesAnyBytes(t *testing.T) {
	_, conn := open(t)
	require.NoError(t, conn.Exec("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s"))
	insert, err := conn.Insert("INSERT INTO t (s)", "RowBinary")
	require.NoError(t, err)
	for _, piece := range []string{"\x03a;", "\x00\x02", "\n\n"} {
		require.NoError(t, insert.Append([]byte(piece)))
	}
	written, err := insert.Done()
	require.NoError(t, err)
	insert.Close()
	require.Equal(t, uint64(2), written.WrittenRows)
	require.Equal(t, "0A0A\n613B00\n", text(t, conn, "SELECT hex(s) FROM t ORDER BY s"))
}

func TestInsertErrors(t *testing.T) {
	_, conn := open(t)
	require.NoError(t, conn.Exec("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n"))
	var exception *Error

	_, err := conn.Insert("INSERT INTO nothing", "CSV")
	require.ErrorAs(t, err, &exception)
	require.Equal(t, proto.ErrUnknownTable, exception.Code)

	insert, err := conn.Insert("INSERT INTO t", "CSV")
	require.NoError(t, err)
	err = insert.Append([]byte("x\n"))
	if err == nil {
		_, err = insert.Done()
	}
	insert.Close()
	require.ErrorAs(t, err, &exception)
	require.Equal(t, proto.ErrIncorrectData, exception.Code)

	insert, err = conn.Insert("INSERT INTO t", "CSV")
	require.NoError(t, err)
	require.NoError(t, insert.Append([]byte("1\n")))
	insert.Close()
	require.Equal(t, "0\n", text(t, conn, "SELECT count() FROM t"), "an insert that was given up leaves nothing")
}

func TestClassify(t *testing.T) {
	_, conn := open(t)
	f := func(statements string, wantCount int, want Class) {
		t.Helper()
		count, class := conn.Classify(statements)
		require.Equal(t, wantCount, count, statements)
		require.Equal(t, want, class, statements)
	}
	f("SELECT 1", 1, ReadOnly)
	f("SHOW TABLES -- ;", 1, ReadOnly)
	f("SELECT 1; DROP TABLE t;", 2, Mutating)
	f("CREATE FUNCTION f AS x -> x", 1, MutatingGlobal)
	f("SELECT 1 INTO OUTFILE 'x'", 1, Control)
	f("SYSTEM SHUTDOWN", 1, Control)
	f("SELECT FROM WHERE", 0, Unknown)
	f("", 0, Unknown)
}

func TestOnlyOneEngine(t *testing.T) {
	open(t)
	_, err := Open(libraryPath(t), t.TempDir(), nil)
	require.ErrorIs(t, err, errOpen)
}

func TestOpenOnceMoreKeepsTheData(t *testing.T) {
	folder := t.TempDir()
	for range 3 {
		engine, err := Open(libraryPath(t), folder, nil)
		require.NoError(t, err)
		conn, err := engine.Connect()
		require.NoError(t, err)
		require.NoError(t, conn.Exec("CREATE TABLE IF NOT EXISTS t (n UInt8) ENGINE = MergeTree ORDER BY n"))
		require.NoError(t, conn.Exec("INSERT INTO t SELECT 1"))
		conn.Close()
		engine.Close()
	}
	engine, err := Open(libraryPath(t), folder, nil)
	require.NoError(t, err)
	defer engine.Close()
	conn, err := engine.Connect()
	require.NoError(t, err)
	defer conn.Close()
	require.Equal(t, "3\n", text(t, conn, "SELECT count() FROM t"))
}

func TestLoadErrors(t *testing.T) {
	_, conn := open(t)
	require.NotNil(t, conn)
	_, err := load("/nowhere/libchdb.so")
	require.ErrorContains(t, err, "cannot load /nowhere/libchdb.so")
}

func TestGoKeepsItsSignals(t *testing.T) {
	_, conn := open(t)
	require.NoError(t, conn.Exec("SELECT 1"))
	require.Panics(t, func() {
		var nothing []*Conn
		nothing = append(nothing, nil)
		nothing[0].Close() // SIGSEGV
	})
}
