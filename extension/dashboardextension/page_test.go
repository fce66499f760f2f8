package dashboardextension

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

func TestPage(t *testing.T) {
	engine, page := filled(t)
	set, err := dashboards.Load()
	require.NoError(t, err)
	last24h := url.Values{
		"from": {strconv.FormatInt(dashboardstest.To.Add(-24*time.Hour).Unix(), 10)}, "to": {strconv.FormatInt(dashboardstest.To.Unix(), 10)},
	}
	ask := func(t *testing.T, path string, more ...string) answer {
		t.Helper()
		query, _ := url.ParseQuery(last24h.Encode())
		for i := 0; i < len(more); i += 2 {
			query.Add(more[i], more[i+1])
		}
		return answerOf(t, page+"/api/"+path+"?"+query.Encode())
	}
	sql := func(t *testing.T, query string) string {
		t.Helper()
		return strings.TrimSpace(dashboardstest.Exec(t, engine, query, url.Values{"database": {"llmtap"}}))
	}
	store := newStore(&ClickHouse{Endpoint: "http://" + engine, Database: "llmtap", Username: "dashboards", Password: "a'b&c", Timeout: time.Minute})
	defer store.close()
	call := sql(t, "SELECT call_id FROM calls WHERE notEmpty(fidelity_failed) AND ts < '2026-11-18 11:00:00' ORDER BY ts DESC LIMIT 1")
	recorded := sql(t, "SELECT call_id FROM content LIMIT 1")

	t.Run("every panel and variable has an answer", func(t *testing.T) {
		for _, board := range set.Boards {
			for _, panel := range board.Panels {
				id := call
				if panel.Query == "content" {
					id = recorded
				}
				got := ask(t, "panels/"+board.Name+"/"+panel.Query, "call", id)
				require.NotEmpty(t, got.Meta, panel.Query)
				if panel.Query != "past" { // the closed incident ended before
					require.NotEmpty(t, got.Data, "%s/%s", board.Name, panel.Query)
				}
				status, body := get(t, page+"/api/panels/"+board.Name+"/"+panel.Query+"?format=csv&call="+id+"&"+last24h.Encode())
				require.Equal(t, http.StatusOK, status, panel.Query)
				rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
				require.NoError(t, err, panel.Query)
				require.Len(t, rows, len(got.Data)+1, panel.Query)
				for i, column := range got.Meta {
					require.Equal(t, column.Name, rows[0][i])
					if panel.Plot == "table" {
						require.Contains(t, set.Columns, column.Name, "%s/%s", board.Name, panel.Query)
					}
				}
			}
		}
		for name, variable := range set.Variables {
			if variable.IsList() {
				require.NotEmpty(t, ask(t, "variables/"+name).Data, name)
			}
		}
	})
	t.Run("variables choose, and are values only", func(t *testing.T) {
		f := func(where string, chosen ...string) {
			t.Helper()
			want := sql(t, "SELECT count() FROM calls WHERE ts >= '2026-11-17 12:00:00' AND "+where)
			got := ask(t, "panels/calls/number", chosen...).Data[0][0]
			require.Equal(t, want, strconv.FormatFloat(got.(float64), 'f', -1, 64))
		}
		f("1")
		f("user_id = 'grace'", "user", "grace")
		f("user_id IN ('grace', '')", "user", "grace", "user", "")
		f("user_id = 'grace' AND team = 'support' AND model = 'gpt-4o' AND app = 'chat' AND environment = 'prod' AND upstream = 'openai'",
			"user", "grace", "team", "support", "model", "gpt-4o", "app", "chat", "environment", "prod", "upstream", "openai")
		f("0", "user", "grace') OR 1=1 --")
		f("0", "user", `\'`, "user", "'", "user", "a\tb\nc\\")
	})
	t.Run("two days and more are of whole hours", func(t *testing.T) {
		count := func(from, to time.Time) string {
			got := columnOf(t, page, "calls/number", "calls", fmt.Sprintf("from=%d&to=%d", from.Unix(), to.Unix()))
			return strconv.FormatFloat(got[0].(float64), 'f', -1, 64)
		}
		from := dashboardstest.To.Add(-47*time.Hour - 30*time.Minute)
		require.Equal(t, sql(t, "SELECT count() FROM calls"), count(from, from.Add(48*time.Hour)))
		require.Equal(t, sql(t, "SELECT count() FROM calls WHERE ts >= '2026-11-16 12:30:00'"), count(from, from.Add(48*time.Hour-time.Second)))
	})
	t.Run("CSV holds what the panel shows", func(t *testing.T) {
		status, body := get(t, page+"/api/panels/cost/models?format=csv&"+last24h.Encode())
		require.Equal(t, http.StatusOK, status)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		shown := ask(t, "panels/cost/models").Data
		require.Equal(t, []string{"model", "cost_usd"}, rows[0])
		require.Len(t, rows, len(shown)+1)
		for i, row := range shown {
			require.Equal(t, row[0], rows[i+1][0])
		}
	})
	t.Run("answers are as long as may be", func(t *testing.T) {
		const sql = "SELECT repeat('x', 1024 + if(number = 0, {more:UInt32}, 0)) FROM numbers(16384)"
		body, err := store.ask(t.Context(), sql, "RawBLOB", url.Values{"more": {"0"}})
		require.NoError(t, err)
		require.Len(t, body, answerBytesMax)
		_, err = store.ask(t.Context(), sql, "RawBLOB", url.Values{"more": {"1"}})
		require.ErrorIs(t, err, errAnswerTooLarge)
		_, err = store.ask(t.Context(), "SELECT throwIf(1, repeat('x', 10000))", "RawBLOB", nil)
		require.LessOrEqual(t, len(err.Error()), problemBytesMax)
		_, err = store.ask(t.Context(), "INSERT INTO silences (kind) VALUES ('x')", "RawBLOB", nil)
		require.ErrorContains(t, err, "READONLY", "whatever the query is")
	})
	t.Run("every alert has an answer", func(t *testing.T) {
		firing := 0
		for _, alert := range set.Alerts {
			body, err := store.ask(t.Context(), alert.SQL.Bound(), "JSONCompact", last24h)
			require.NoError(t, err, alert.Query)
			var got answer
			require.NoError(t, json.Unmarshal(body, &got))
			firing += min(1, len(got.Data))
		}
		require.Equal(t, 3, firing, "open incidents of two severities, and a budget nearly spent")
	})
	t.Run("a browser keeps the page to itself", func(t *testing.T) {
		resp, err := http.Get(page + "/")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		for name, value := range headers {
			require.Equal(t, value, resp.Header.Get(name))
		}
	})
	t.Run("what cannot be answered is refused", func(t *testing.T) {
		f := func(want int, path, query string, header ...string) {
			t.Helper()
			status, body := get(t, page+path+"?"+query, header...)
			require.Equal(t, want, status, body)
		}
		spent, times := "/api/panels/cost/spent", last24h.Encode()
		values := func(n int) string { return times + strings.Repeat("&user=u", n) }
		f(http.StatusOK, spent, times+"&query=DROP+TABLE+calls&sql=SELECT+1&interval=0")
		f(http.StatusNotFound, "/api/panels/cost/none", times)
		f(http.StatusNotFound, "/api/panels/none/spent", times)
		f(http.StatusNotFound, "/api/panels/cost/..%2Fwhere%2Fcost", times)
		f(http.StatusNotFound, "/api/variables/call", times)
		f(http.StatusBadRequest, spent, "")
		f(http.StatusBadRequest, spent, "from=2&to=1")
		f(http.StatusBadRequest, spent, "from=-1&to=1")
		f(http.StatusBadRequest, spent, "from=0&to="+strconv.Itoa(rangeSecondMax+1))
		f(http.StatusOK, spent, "from=0&to="+strconv.Itoa(rangeSecondMax))
		f(http.StatusOK, spent, values(valuesMax))
		f(http.StatusBadRequest, spent, values(valuesMax+1))
		f(http.StatusOK, spent, times+"&user="+strings.Repeat("x", valueBytesMax))
		f(http.StatusBadRequest, spent, times+"&user="+strings.Repeat("x", valueBytesMax+1))
		f(http.StatusForbidden, spent, times, "Host", "evil.example")
		f(http.StatusForbidden, spent, times, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
		f(http.StatusForbidden, "/", "", "Sec-Fetch-Site", "same-site")
		f(http.StatusOK, "/", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
		f(http.StatusOK, "/", "", "Host", "localhost:4080")
		resp, err := http.Post(page+spent+"?"+times, "text/plain", strings.NewReader("DROP TABLE calls"))
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	})
	t.Run("a call's numbers are written for people", func(t *testing.T) {
		const id = "00000000-0000-0000-0000-00000000000a"
		numbers := func(input, total, firstChunk, worstGap, overhead int, want ...string) {
			t.Helper()
			sql(t, fmt.Sprintf(`INSERT INTO calls (ts, call_id, input_tokens, duration_us, ttfc_us, max_gap_us, tap_overhead_us)
				VALUES ('2026-11-18 11:59:59', '%s', %d, %d, %d, %d, %d)`, id, input, total, firstChunk, worstGap, overhead))
			var got []string
			for _, row := range ask(t, "panels/calls/call", "call", id).Data {
				if what := row[0].(string); slices.Contains([]string{"Input tokens", "Output tokens", "Total", "First chunk", "Worst gap", "Added by the tap"}, what) {
					got = append(got, row[1].(string))
				}
			}
			require.Equal(t, want, got)
			sql(t, "DELETE FROM calls WHERE call_id = '"+id+"'")
		}
		numbers(999, 99_949_999, 999_499, 1000, 999, "99.9 s", "999 ms", "1 ms", "999 µs", "999", "unknown")
		numbers(1234567, 99_950_000, 999_500, 0, 1000, "100 s", "1 s", "", "1 ms", "1,234,567", "unknown")
	})
	t.Run("a call tells its key and labels, and is found by the key", func(t *testing.T) {
		const id, key = "00000000-0000-0000-0000-00000000000a", "7f112a66b2920a67"
		sql(t, "INSERT INTO calls (ts, call_id, key_hash, labels) VALUES ('2026-11-18 11:59:59', '"+id+"', '"+key+"', {'budget': 'daily', 'plan': 'gold'})")
		require.Contains(t, ask(t, "panels/calls/call", "call", id).Data, []any{"API key", key + " (hash)"})
		require.Contains(t, ask(t, "panels/calls/call", "call", id).Data, []any{"Labels", "budget: daily, plan: gold"})
		found := ask(t, "panels/calls/found", "call", key).Data
		require.Len(t, found, 1)
		require.Equal(t, id, found[0][1])
		sql(t, "DELETE FROM calls WHERE call_id = '"+id+"'")
	})
}

// Without ClickHouse the page is there, and panels say what is wrong, without the query and its values.
func TestStoreIsAway(t *testing.T) {
	page := start(t, "127.0.0.1:1")
	status, _ := get(t, page+"/")
	require.Equal(t, http.StatusOK, status)
	status, body := get(t, page+"/api/panels/cost/spent?from=1&to=2&user=ada")
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, body, "ClickHouse at http://127.0.0.1:1")
	require.NotContains(t, body, "ada")
}

// What stands in ClickHouse's place cannot send its password elsewhere.
func TestRedirectIsNotFollowed(t *testing.T) {
	var asked []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.Host) }))
	defer elsewhere.Close()
	moved := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer moved.Close()
	page := start(t, moved.Listener.Addr().String())
	status, body := get(t, page+"/api/panels/cost/spent?from=1&to=2")
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, body, "redirects to "+elsewhere.URL+",")
	require.Empty(t, asked)
}

func TestStep(t *testing.T) {
	f := func(want, length, shortest time.Duration) {
		t.Helper()
		require.Equal(t, want, step(length, shortest))
	}
	f(time.Second, pointsMax*time.Second, 0)
	f(10*time.Second, pointsMax*time.Second+1, 0)
	f(10*time.Minute, 24*time.Hour, 0)
	f(time.Hour, 24*time.Hour, time.Hour)
	f(28*24*time.Hour, rangeSecondMax*time.Second, 0)
}

func TestValidate(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		config := createDefaultConfig().(*Config)
		require.NoError(t, config.Validate())
		change(config)
		require.ErrorContains(t, config.Validate(), want)
	}
	f("endpoint", func(c *Config) { c.Endpoint = "4080" })
	f("clickhouse::endpoint", func(c *Config) { c.ClickHouse.Endpoint = "clickhouse://a:9000" })
	f("clickhouse::endpoint", func(c *Config) { c.ClickHouse.Endpoint = "http://u:p@a" })
	f("clickhouse::endpoint", func(c *Config) { c.ClickHouse.Endpoint = "http://a:8123?database=x" })
	f("clickhouse::database", func(c *Config) { c.ClickHouse.Database = "" })
	f("clickhouse::password", func(c *Config) { c.ClickHouse.Password = "p" })
	f("clickhouse::timeout", func(c *Config) { c.ClickHouse.Timeout = 0 })
	f("trace_url", func(c *Config) { c.TraceURL = "http://127.0.0.1/trace" })
	f("trace_url", func(c *Config) { c.TraceURL = "javascript:{trace_id}" })
}
