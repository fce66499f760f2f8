// Package dashboardstest fills a ClickHouse with calls for the tests of dashboards.
package dashboardstest

import (
	_ "embed"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

//go:embed calls.sql
var callsSQL string

//go:embed rest.sql
var restSQL string

// To is the end of the time of the calls: a Wednesday noon, so that hours, days, weeks and months are all begun.
var To = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

// Calls says which calls there are.
type Calls struct {
	Number, Users int
	Span          time.Duration // before To
	To            time.Time
}

// Small is what values are asserted on.
var Small = Calls{Number: 6000, Users: 40, Span: 48 * time.Hour, To: To}

// Fill makes the tables as the exporter does, in the database llmtap of the server at host:port, and fills them. Rows never expire.
func Fill(t testing.TB, address string, calls Calls) {
	t.Helper()
	Exec(t, address, "CREATE DATABASE llmtap", nil)
	for statement := range strings.SplitSeq(schema(t), ";\n") {
		if strings.TrimSpace(statement) != "" {
			Exec(t, address, statement, nil)
		}
	}
	parameters := url.Values{
		"database": {"llmtap"},
		"param_n":  {strconv.Itoa(calls.Number)}, "param_users": {strconv.Itoa(calls.Users)},
		"param_span": {strconv.Itoa(int(calls.Span.Seconds()))}, "param_to": {strconv.FormatInt(calls.To.Unix(), 10)},
	}
	for first := 0; first < calls.Number; first += batch {
		parameters.Set("param_first", strconv.Itoa(first))
		parameters.Set("param_count", strconv.Itoa(min(batch, calls.Number-first)))
		Exec(t, address, callsSQL, parameters)
	}
	for statement := range strings.SplitSeq(restSQL, ";\n") {
		Exec(t, address, statement, parameters)
	}
}

// batch is how many calls are inserted at once.
const batch = 100_000

// schema is the definition of the tables that the exporter's tests keep, without the times to live.
func schema(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	file := filepath.Join(filepath.Dir(here), "..", "..", "exporter", "genaiclickhouseexporter", "testdata", "schema.sql")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var kept []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if !strings.HasPrefix(line, "TTL ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// Exec runs a statement at host:port and gives the answer.
func Exec(t testing.TB, address, statement string, parameters url.Values) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/?"+parameters.Encode(), strings.NewReader(statement))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s\n%s", statement, body)
	return string(body)
}
