package clickhouseembeddedextension_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

func blocks(t *testing.T, method compress.Method, parts ...string) string {
	t.Helper()
	writer := compress.NewWriter(compress.LevelZero, method)
	var all bytes.Buffer
	for _, part := range parts {
		require.NoError(t, writer.Compress([]byte(part)))
		all.Write(writer.Data)
	}
	return all.String()
}

func TestCompressedRequests(t *testing.T) {
	c := start(t)
	c.must("CREATE TABLE t (n UInt32) ENGINE = MergeTree ORDER BY n")
	const insert = "INSERT INTO t FORMAT CSV"
	count := func(want string) {
		t.Helper()
		require.Equal(t, want, c.must("SELECT count() FROM t"))
		c.must("TRUNCATE TABLE t")
	}
	for _, method := range []compress.Method{compress.LZ4, compress.ZSTD, compress.None} {
		got := c.insert(insert, blocks(t, method, "1\n2", "\n3\n"), "decompress=1")
		require.Equal(t, 200, got.status, got.body)
		count("3\n")
	}
	encoders := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd":    func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	}
	for encoding, encoder := range encoders {
		var body bytes.Buffer
		writer := encoder(&body)
		_, err := io.WriteString(writer, insert+"\n1\n2\n")
		require.NoError(t, err)
		require.NoError(t, writer.Close())
		got := c.do(http.MethodPost, "", body.String(), "Content-Encoding", encoding)
		require.Equal(t, 200, got.status, got.body)
		count("2\n")
	}
	whole := blocks(t, compress.LZ4, "1\n", "2\n")
	for length := 1; length < len(whole); length++ {
		if length == len(whole)/2 {
			continue // between the blocks
		}
		got := c.insert(insert, whole[:length], "decompress=1")
		c.refused(got, 500, "271")
	}
	c.refused(c.insert(insert, whole[:len(whole)-1]+"x", "decompress=1"), 500, "40")
	c.refused(c.insert(insert, "this is no block, though it is long enough for one", "decompress=1"), 500, "271")
	count("0\n")
}

func TestCompressedAnswers(t *testing.T) {
	c := start(t)
	const query = "SELECT number FROM numbers(200000)"
	want := c.get(query).body
	decoders := map[string]func(io.Reader) (io.Reader, error){
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"deflate": func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		"br":      func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"zstd":    func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}
	for encoding, decoder := range decoders {
		got := c.do(http.MethodPost, "", query, "Accept-Encoding", encoding+";q=0.9, identity")
		require.Equal(t, encoding, got.header.Get("Content-Encoding"))
		require.Less(t, len(got.body), len(want))
		reader, err := decoder(strings.NewReader(got.body))
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, want, string(content), encoding)
	}
	require.Empty(t, c.do(http.MethodPost, "", query, "Accept-Encoding", "identity, gzip;q=0").header.Get("Content-Encoding"))
	require.Empty(t, c.do(http.MethodPost, "enable_http_compression=0", query, "Accept-Encoding", "gzip").header.Get("Content-Encoding"))

	for _, method := range []string{"", "LZ4", "ZSTD", "LZ4HC", "NONE"} {
		got := c.get(query, "compress=1", "network_compression_method="+method)
		content, err := io.ReadAll(compress.NewReader(strings.NewReader(got.body)))
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, want, string(content), method)
	}
}

func TestFormatsAreWhole(t *testing.T) {
	c := start(t)
	const query = "SELECT number FROM numbers(200000) SETTINGS max_block_size = 1000, max_threads = 2"
	for format, parts := range map[string]map[string]int{
		"JSON": {`"meta"`: 1, `"number": `: 200000}, "JSONCompact": {`"data"`: 1}, "CSVWithNames": {`"number"`: 1}, "XML": {"<meta>": 1},
		"TSVWithNamesAndTypes": {"UInt64": 1}, "JSONEachRow": {"{": 200000}, "TSV": {"\n": 200000}, "Values": {"),(": 199999},
	} {
		body := c.get(query, "default_format="+format).body
		for part, count := range parts {
			require.Equal(t, count, strings.Count(body, part), format+part)
		}
	}
	array := c.get("SELECT number FROM numbers(200000)", "default_format=JSONEachRow", "output_format_json_array_of_rows=1", "max_block_size=1000").body
	require.Equal(t, 1, strings.Count(array, "["))
	totals := c.get("SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k").body
	require.Equal(t, "0\t5\n1\t5\n\n0\t10\n", totals)
}

func TestBodyLimit(t *testing.T) {
	c := start(t, func(config *clickhouseembeddedextension.Config) { config.MaxBodyMiB = 1 })
	c.must("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s")
	const insert, limit = "INSERT INTO t FORMAT LineAsString", 1 << 20
	require.Equal(t, 200, c.insert(insert, strings.Repeat("x", limit)).status)
	c.refused(c.insert(insert, strings.Repeat("x", limit+1)), 413, "229")

	compressed := func(length int) string { return blocks(t, compress.LZ4, strings.Repeat("x", length)) }
	require.Equal(t, 200, c.insert(insert, compressed(limit), "decompress=1").status)
	c.refused(c.insert(insert, compressed(limit+1), "decompress=1"), 413, "229")
	require.Equal(t, "2\t"+strconv.Itoa(limit)+"\n", c.must("SELECT count(), max(length(s)) FROM t"))
}

// The head of a zstd frame of a few bytes may ask for half a gibibyte.
func TestWindowLimit(t *testing.T) {
	c := start(t)
	post := func(window int) answer {
		var body bytes.Buffer
		encoder, err := zstd.NewWriter(&body, zstd.WithWindowSize(window))
		require.NoError(t, err)
		_, err = encoder.Write([]byte("SELECT 1"))
		require.NoError(t, err)
		require.NoError(t, encoder.Flush()) // else the frame is one whose window is its content
		require.NoError(t, encoder.Close())
		return c.do("POST", "", body.String(), "Content-Encoding", "zstd")
	}
	require.Equal(t, "1\n", post(8<<20).body)
	c.refused(post(16<<20), 500, "210")
}

func TestStatementLimit(t *testing.T) {
	c := start(t)
	const limit = 1 << 20
	pad := func(length int) string {
		return "SELECT 1 /*" + strings.Repeat("x", length-len("SELECT 1 /**/")) + "*/"
	}
	require.Equal(t, "1\n", c.post(pad(limit), "max_query_size=2000000").body)
	c.refused(c.post(pad(limit+1), "max_query_size=2000000"), 400, "62")
	c.refused(c.post(pad(300_000)), 400, "62")
}
