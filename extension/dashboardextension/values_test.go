package dashboardextension

import (
	"fmt"
	"math"
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

// Panels say what the calls themselves say when they are asked in the plainest words, over the last 24 of the 48 hours.
func TestValues(t *testing.T) {
	engine, page := filled(t)
	sql := func(query string) float64 {
		t.Helper()
		query = strings.ReplaceAll(query, "OF_DAY", "FROM calls WHERE ts >= '2026-11-17 12:00:00' AND ts <= '2026-11-18 12:00:00'")
		got, err := strconv.ParseFloat(strings.TrimSpace(dashboardstest.Exec(t, engine, query, url.Values{"database": {"llmtap"}})), 64)
		require.NoError(t, err)
		return got
	}
	at := func(panel string, row int, column string) float64 {
		t.Helper()
		return columnOf(t, page, panel, column, dayRange)[row].(float64)
	}
	f := func(panel string, row int, column, query string) {
		t.Helper()
		want := sql(query)
		require.NotZero(t, want, panel)
		require.InEpsilon(t, want, at(panel, row, column), 1e-9, "%s %s", panel, column)
	}
	f("cost/spent", 0, "cost_usd", "SELECT sum(cost_usd) OF_DAY")
	f("cost/spent_before", 0, "cost_usd", "SELECT sum(cost_usd) FROM calls WHERE ts < '2026-11-17 12:00:00'")
	f("cost/forecast", 0, "cost_usd", "SELECT sum(cost_usd) * (1 + 12.5 / 2) FROM calls") // two days are known, and 12.5 to come
	f("cost/cached_share", 0, "share", "SELECT sum(cache_read_tokens) / sum(input_tokens) OF_DAY")
	f("cost/cache_saved", 0, "cost_usd", "SELECT sum(cache_read_tokens * transform(model, ['gpt-4o', 'gpt-4o-mini', 'Qwen/Qwen3-32B'], [1.25, 0.075, 0.18], 0)) / 1e6 OF_DAY")
	f("cost/idle", 0, "cost_usd", "SELECT 24 * 1.5")
	f("cost/unrecorded", 0, "calls", "SELECT 12 + 3")
	f("cost/unknown_price", 0, "share", "SELECT countIf(cost_usd IS NULL) / countIf(outcome != 'refused') OF_DAY")
	f("cost/unknown_usage", 0, "share", "SELECT countIf(usage_source = 'none') / count() OF_DAY AND outcome != 'refused'")
	f("cost/users", 1, "cost_usd", "SELECT sum(cost_usd) OF_DAY AND user_id = 'ada'")
	f("cost/users", 1, "share", "SELECT toFloat64(sumIf(cost_usd, user_id = 'ada')) / toFloat64(sum(cost_usd)) OF_DAY")
	f("cost/budgets", 0, "left_usd", "SELECT 2 - sum(cost_usd) FROM calls WHERE user_id = 'grace' AND ts >= '2026-11-18 00:00:00'")
	f("cost/budgets", 1, "used_share", "SELECT toFloat64(sum(cost_usd)) / 40 FROM calls WHERE team = 'search'")
	f("cost/conversations", 0, "cost_usd", "SELECT sum(cost_usd) AS usd OF_DAY GROUP BY conversation_id ORDER BY usd DESC LIMIT 1")
	f("cost/calls", 0, "cost_usd", "SELECT max(cost_usd) OF_DAY")

	const streamed = " AND stream AND outcome = 'ok'"
	f("latency/ttfc_p50", 0, "seconds", "SELECT quantileExactInclusive(0.5)(ttfc_us) / 1e6 OF_DAY"+streamed)
	f("latency/ttfc_p95", 0, "seconds", "SELECT quantileExactInclusive(0.95)(ttfc_us) / 1e6 OF_DAY"+streamed)
	f("latency/tpot_p50", 0, "seconds", "SELECT quantileExactInclusive(0.5)((duration_us - ttfc_us) / (output_tokens - 1)) / 1e6 OF_DAY AND output_tokens > 1"+streamed)
	f("latency/duration_p95", 0, "seconds", "SELECT quantileExactInclusive(0.95)(duration_us) / 1e6 OF_DAY AND outcome = 'ok'")
	f("latency/models", 3, "stalled", "SELECT countIf(max_gap_us > 2e6) / count() OF_DAY AND model = 'llama-3.3-70b'"+streamed)
	f("latency/stalled_share", 0, "share", "SELECT countIf(max_gap_us > 2e6) / count() OF_DAY AND stream AND outcome IN ('ok', 'client_abort', 'timeout')")

	f("errors/rate", 0, "share", "SELECT countIf(outcome IN ('upstream_error', 'timeout', 'tap_error')) / countIf(outcome != 'refused') OF_DAY")
	f("errors/models", 0, "share", "SELECT (countIf(outcome IN ('upstream_error', 'timeout', 'tap_error')) AS n) / countIf(outcome != 'refused') OF_DAY GROUP BY upstream, model ORDER BY n DESC, count() DESC LIMIT 1")
	f("errors/context_overflow", 0, "calls", "SELECT count() OF_DAY AND error_type = 'context_length'")
	f("errors/rate_limited", 0, "calls", "SELECT count() OF_DAY AND error_type = 'rate_limit'")
	f("errors/aborted", 0, "share", "SELECT countIf(outcome = 'client_abort') / count() OF_DAY AND outcome != 'refused'")
	f("errors/retried", 0, "calls", "SELECT count() OF_DAY AND retry > 0")
	f("errors/wasted", 0, "cost_usd", "SELECT sum(cost_usd) OF_DAY AND outcome != 'ok'")
	const again = " OF_DAY AND model = 'gpt-4o' AND outcome != 'ok' AND prompt_hash IN (SELECT prompt_hash FROM calls GROUP BY prompt_hash HAVING max(retry) > 0)"
	f("errors/sent_again", 0, "wasted", "SELECT count()"+again)
	f("errors/sent_again", 0, "waited", "SELECT sum(duration_us) / 1e6"+again)
	f("errors/sent_again", 0, "cost_usd", "SELECT sum(cost_usd)"+again)

	f("fidelity/clean_share", 0, "share", "SELECT countIf(empty(fidelity_failed)) / count() OF_DAY AND notEmpty(fidelity_applicable)")
	f("fidelity/tools", 0, "broken", "SELECT count() OF_DAY AND has(tool_names, 'search_documents') AND arrayExists(x -> x LIKE 'tools.%', fidelity_failed)")
	k, n := sql("SELECT count() OF_DAY AND has(fidelity_failed, 'tools.raw_markup')"), sql("SELECT count() OF_DAY AND has(fidelity_applicable, 'tools.raw_markup')")
	low, high := wilson(k, n)
	require.InEpsilon(t, k/n, at("fidelity/scorecard", 0, "rate"), 1e-9)
	require.InEpsilon(t, low, at("fidelity/scorecard", 0, "rate_low"), 1e-9)
	require.InEpsilon(t, high, at("fidelity/scorecard", 0, "rate_high"), 1e-9)
	for hour := range 24 {
		from := fmt.Sprintf(" FROM calls WHERE ts >= toDateTime(1794916800 + 3600 * %d) AND ts < toDateTime(1794920400 + 3600 * %d) AND notEmpty(fidelity_applicable)", hour, hour)
		low, high := wilson(sql("SELECT countIf(notEmpty(fidelity_failed))"+from), sql("SELECT count()"+from))
		require.InDelta(t, low, at("fidelity/rate_over_time", hour, "rate_low"), 1e-9)
		require.InDelta(t, high, at("fidelity/rate_over_time", hour, "rate_high"), 1e-9)
	}
}

// Whom a budget stops tries again and again. That is no reason for what was spent before.
func TestRefusedCallsAreNoMoreCalls(t *testing.T) {
	engine, page := filled(t)
	shown := func(panel string) string {
		t.Helper()
		return csvOf(t, page, panel, dayRange+"&user=ada")
	}
	before := map[string]string{}
	for _, panel := range []string{"cost/why", "cost/unknown_usage", "cost/unknown_price", "errors/rate", "errors/aborted", "fidelity/judged"} {
		before[panel] = shown(panel)
	}
	require.Contains(t, before["cost/why"], "\nada,gpt-4o,")
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.calls (ts, call_id, user_id, model, upstream, outcome, http_status, usage_source, cost_usd, cost_source)
		SELECT '2026-11-18 11:30:00', generateUUIDv4(), 'ada', 'gpt-4o', 'openai', 'refused', 429, 'none', 0, 'not_billed' FROM numbers(5000)`, nil)
	for panel, want := range before {
		require.Equal(t, want, shown(panel), panel)
	}
}

// Hours, days and months are those of UTC, whatever the time zone of the server is.
func TestValuesAreTheSameInEveryTimeZone(t *testing.T) {
	engine, _ := filled(t)
	set, err := dashboards.Load()
	require.NoError(t, err)
	asked := url.Values{"to": {"1795001400"}} // 2026-11-18 11:30
	shown := func(sql dashboards.SQL, shortest time.Duration, zone string) string {
		t.Helper()
		bound, err := parameters(set, sql, shortest, asked)
		require.NoError(t, err)
		query := url.Values{"database": {"llmtap"}}
		for name, values := range bound {
			query["param_"+name] = values
		}
		return dashboardstest.Exec(t, engine, sql.Bound()+" SETTINGS session_timezone = '"+zone+"'", query)
	}
	for _, asked["from"] = range [][]string{{"1794998400"}, {"1794828600"}} { // 10:40, and more than a day before
		for _, zone := range []string{"Asia/Kolkata", "America/New_York"} {
			for _, board := range set.Boards {
				for _, panel := range board.Panels {
					require.Equal(t, shown(panel.SQL, panel.Interval, "UTC"), shown(panel.SQL, panel.Interval, zone), "%s/%s from %s in %s", board.Name, panel.Query, asked.Get("from"), zone)
				}
			}
			for name, variable := range set.Variables {
				if variable.IsList() {
					require.Equal(t, shown(variable.SQL, 0, "UTC"), shown(variable.SQL, 0, zone), "%s in %s", name, zone)
				}
			}
		}
	}
}

// Who asks again and again whether a response is there, or counts tokens beforehand, uses none.
func TestFetchedResponsesLackNoUsage(t *testing.T) {
	engine, page := filled(t)
	before := csvOf(t, page, "cost/unknown_usage", dayRange)
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.calls (ts, call_id, user_id, model, upstream, operation, usage_source, cost_usd, cost_source)
		SELECT '2026-11-18 11:30:00', generateUUIDv4(), 'ada', 'gpt-4o', 'openai', ['fetch_response', 'cancel_response', 'count_tokens'][1 + number % 3], 'none', 0, 'not_billed' FROM numbers(3000)`, nil)
	require.Equal(t, before, csvOf(t, page, "cost/unknown_usage", dayRange))
}

// A range of the past has its last hour whole, so what is compared with it has as many.
func TestAsManyHoursBefore(t *testing.T) {
	engine, page := filled(t)
	f := func(from, to, hours, hoursBefore string) {
		t.Helper()
		within := "from=" + from + "&to=" + to
		body, before := csvOf(t, page, "cost/spent", within), csvOf(t, page, "cost/spent_before", within)
		spent := "SELECT toFloat64(sum(cost_usd)) AS cost_usd FROM llmtap.calls WHERE toStartOfHour(ts) IN (%s) FORMAT CSVWithNames"
		last := func(text string) string { return text[strings.LastIndexByte(strings.TrimSpace(text), '\n')+1:] }
		require.Equal(t, last(dashboardstest.Exec(t, engine, fmt.Sprintf(spent, hours), nil)), last(body))
		require.Equal(t, last(dashboardstest.Exec(t, engine, fmt.Sprintf(spent, hoursBefore), nil)), last(before))
	}
	f("1794996600", "1795000200", "'2026-11-18 10:00:00', '2026-11-18 11:00:00'", "'2026-11-18 08:00:00', '2026-11-18 09:00:00'") // 10:10 to 11:10
	f("1794996000", "1794999599", "'2026-11-18 10:00:00'", "'2026-11-18 09:00:00'")                                               // 10:00 to 10:59:59
	f("1794996000", "1794999600", "'2026-11-18 10:00:00'", "'2026-11-18 09:00:00'")                                               // 10:00 to 11:00
}

// The hour that begins when a range ends is none of it, also where whole hours are read.
func TestNoHourAfterTheRange(t *testing.T) {
	engine, page := filled(t)
	count := "SELECT count() AS calls FROM llmtap.calls WHERE ts >= '2026-11-16 11:00:00' AND ts < '2026-11-18 11:00:00' FORMAT CSVWithNames"
	want := strings.ReplaceAll(dashboardstest.Exec(t, engine, count, nil), `"`, "")
	require.Equal(t, want, csvOf(t, page, "latency/calls", "from=1794826800&to=1794999600"))
}

// Of a range that ends later, like Grafana's "This month", the running month is told of.
func TestRangeThatEndsInTheFuture(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, "INSERT INTO llmtap.cost_1h (t, user_id, calls, cost_usd) VALUES (toStartOfHour(now()), 'now', 1, 100)", nil)
	dashboardstest.Exec(t, engine, "INSERT INTO llmtap.budgets (scope, key, period, limit_usd, valid_from, valid_to) VALUES ('user', 'now', 'month', 400, '2026-01-01 00:00:00', now() + 3600)", nil)
	shown := func(panel, column string) []any {
		t.Helper()
		query := fmt.Sprintf("user=now&from=%d&to=%d", time.Now().AddDate(0, 0, -1).Unix(), time.Now().AddDate(0, 0, 62).Unix())
		return columnOf(t, page, panel, column, query)
	}
	budget := slices.Index(shown("cost/budgets", "key"), any("now"))
	require.Equal(t, 0.25, shown("cost/budgets", "used_share")[budget])
	require.GreaterOrEqual(t, shown("cost/forecast", "cost_usd")[0], 100.0)
}

// A call has one price: that of its upstream, if there is one, and the latest of those that are valid.
func TestCachedTokensAreSavedOnce(t *testing.T) {
	engine, page := filled(t)
	saved := func() string { return csvOf(t, page, "cost/cache_saved", dayRange) }
	before := saved()
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.prices (provider, model, upstream, price_version, source, valid_from, input, output, cache_read) VALUES
		('vllm', 'Qwen/Qwen3-32B', '', '2026-11-02', 'config', '2026-02-01 00:00:00', 10, 10, 1), ('openai', 'gpt-4o', '', '2025-11-01', 'builtin', '2025-01-01 00:00:00', 5, 20, 2.5)`, nil)
	require.Equal(t, before, saved())
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.cost_1h (t, provider, model, calls, input_tokens, cache_read_tokens) VALUES ('2026-11-18 10:00:00', 'openai', 'gpt-4o', 1, 20000000000, 10000000000)`, nil)
	require.NotEqual(t, before, saved(), "however many there are")
}

// Two incidents of one user are about the same calls.
func TestMoneyAtStakeCountsOnce(t *testing.T) {
	engine, page := filled(t)
	atStake := func() string { return csvOf(t, page, "findings/at_stake", dayRange) }
	before := atStake()
	require.Contains(t, before, "12.5")
	more := `INSERT INTO llmtap.findings (finding_id, kind, severity, state, key_kind, key, metric, since, cost_usd, user_id) VALUES (generateUUIDv4(), 'burn_rate', 'page', 'open', 'user', '%[1]s', 'cost', '2026-11-18 10:00:00', 4, '%[1]s')`
	dashboardstest.Exec(t, engine, fmt.Sprintf(more, "grace"), nil)
	require.Equal(t, before, atStake())
	dashboardstest.Exec(t, engine, fmt.Sprintf(more, "ada"), nil)
	require.Contains(t, atStake(), "16.5")
}

// wilson is the 95 % interval of a rate of k in n, after E. B. Wilson, Probable inference, the law of succession, and statistical
// inference (1927).
func wilson(k, n float64) (low, high float64) {
	const z = 1.96
	p := k / n
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return (middle - half) / (1 + z*z/n), (middle + half) / (1 + z*z/n)
}

// Calls that failed without token counts cost an unknown amount; with those that a budget refused, which cost nothing, it is no 0 either.
func TestWasteOfUnknownCostIsNoZero(t *testing.T) {
	engine, page := filled(t)
	f := func(user string, want any, values string) {
		t.Helper()
		dashboardstest.Exec(t, engine, `INSERT INTO llmtap.calls (ts, call_id, user_id, outcome, cost_usd)
			SELECT '2026-11-18 11:30:00', generateUUIDv4(), '`+user+`', outcome, cost_usd
			FROM VALUES('outcome String, cost_usd Nullable(Decimal(18, 9))', `+values+`)`, nil)
		require.Equal(t, []any{want}, columnOf(t, page, "errors/wasted", "cost_usd", dayRange+"&user="+user), user)
	}
	f("well", 0.0, "('ok', 1.5), ('ok', NULL)")
	f("failed", nil, "('ok', 1.5), ('upstream_error', NULL)")
	f("stopped", 0.0, "('refused', 0)")
	f("both", nil, "('refused', 0), ('upstream_error', NULL)")
	f("cut", 0.25, "('client_abort', 0.25), ('upstream_error', NULL)")
}

// What calls without a known price cost is unknown, not nothing; calls that are not billed cost nothing.
func TestUnknownPricesAreNoZero(t *testing.T) {
	engine, page := filled(t)
	const insert = `INSERT INTO llmtap.calls (ts, call_id, user_id, team, app, model, upstream, outcome, input_tokens, output_tokens, cost_usd)
		SELECT '2026-11-18 11:30:00', generateUUIDv4(), '%[1]s', '%[1]s', '%[1]s', '%[1]s', 'vllm', 'ok', 10, 20, %[2]s FROM numbers(5)`
	dashboardstest.Exec(t, engine, fmt.Sprintf(insert, "own", "NULL"), nil)
	dashboardstest.Exec(t, engine, strings.ReplaceAll(fmt.Sprintf(insert, "own", "NULL"), "2026-11-18", "2026-11-17"), nil)
	dashboardstest.Exec(t, engine, fmt.Sprintf(insert, "free", "0"), nil)
	f := func(user, panel, column string, want any) {
		t.Helper()
		require.Equal(t, []any{want}, columnOf(t, page, "cost/"+panel, column, dayRange+"&user="+user), "%s of %s", panel, user)
	}
	for _, panel := range []string{"spent", "spent_before", "forecast", "users", "models", "teams", "apps", "why"} {
		if panel != "spent_before" {
			f("free", panel, "cost_usd", 0.0)
		}
		f("own", panel, "cost_usd", nil)
	}
	f("own", "why", "usd_per_million", nil)
	f("own", "why", "price_ratio", nil)
	f("own", "why", "reason", "about as before")

	for _, user := range []string{"own", "free", "none"} {
		dashboardstest.Exec(t, engine, "TRUNCATE TABLE llmtap.budgets", nil)
		dashboardstest.Exec(t, engine, "INSERT INTO llmtap.budgets (scope, key, period, limit_usd, valid_from) VALUES ('user', '"+user+"', 'day', 8, '2026-01-01 00:00:00')", nil)
		for column, want := range map[string]any{"cost_usd": 0.0, "left_usd": 8.0, "used_share": 0.0} {
			if user == "own" {
				want = nil
			}
			f(user, "budgets", column, want)
		}
	}
}
