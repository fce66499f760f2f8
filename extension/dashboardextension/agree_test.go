package dashboardextension

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/dashboards/dashboardstest"
)

// A model is chosen by the name that was asked for, too, to which findings lead: plots show what the numbers beside them count.
func TestPlotsOfAModelThatWasRequested(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.calls (ts, call_id, user_id, model_requested, model, upstream, stream, outcome, duration_us, ttfc_us, max_gap_us, output_tokens)
		SELECT '2026-11-18 11:30:00', generateUUIDv4(), 'ada', 'fast', 'gpt-4o-2024-08-06', 'azure', true, if(number < 3, 'timeout', 'ok'), 2100000, 100000, 3000000, 101 FROM numbers(10)`, nil)
	f := func(number, plot, column string, want float64) {
		t.Helper()
		query := dayRange + "&" + url.Values{"model": {"fast"}}.Encode()
		require.Equal(t, []any{want}, columnOf(t, page, number, column, query), number)
		require.Equal(t, []any{want}, columnOf(t, page, plot, column, query), plot)
	}
	f("errors/rate", "errors/rate_over_time", "share", 0.3)
	f("latency/stalled_share", "latency/stalls_over_time", "share", 1)
	f("latency/tpot_p50", "latency/tpot_over_time", "seconds", 0.02)
}

// What all users will have spent is what each of them will have: who began lately has spent nothing in the days before.
func TestForecastsOfUsersAddUp(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, "INSERT INTO llmtap.cost_1h (t, user_id, calls, cost_usd) VALUES ('2026-11-18 11:00:00', 'new', 1, 10)", nil)
	forecast := func(query string) float64 {
		t.Helper()
		return columnOf(t, page, "cost/forecast", "cost_usd", dayRange+query)[0].(float64)
	}
	var sum float64
	for _, user := range columnOf(t, page, "cost/users", "user", "from=1794744000&to=1795003200") {
		sum += forecast("&" + url.Values{"user": {user.(string)}}.Encode())
	}
	require.InEpsilon(t, forecast(""), sum, 1e-9)
}

// Who spends the same each hour will have spent that in each of the month, whatever minute it is.
func TestForecastOfAnEvenPace(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, "INSERT INTO llmtap.cost_1h (t, user_id, calls, cost_usd) SELECT toDateTime('2026-11-01 00:00:00', 'UTC') + number * 3600, 'even', 1, if(number = 24 * 17, 0.5, 1) FROM numbers(24 * 17 + 1)", nil)
	f := func(to int, want float64) {
		t.Helper()
		got := columnOf(t, page, "cost/forecast", "cost_usd", fmt.Sprintf("from=1794744000&to=%d&user=even", to))[0].(float64)
		require.InEpsilon(t, want, got, 1e-9)
	}
	const day17 = 1793491200 + 17*86400 // of November
	f(day17, 720)
	f(day17+1800, 720)
}

// A call that costs nothing makes the cost of another one, without a known price, no zero.
func TestConversationOfUnknownPrice(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.calls (ts, call_id, conversation_id, user_id, model, outcome, cost_usd)
		SELECT '2026-11-18 11:30:00', generateUUIDv4(), 'c', 'own', 'own', if(number = 0, 'refused', 'ok'), if(number = 0, 0, NULL) FROM numbers(5)`, nil)
	require.Equal(t, []any{nil}, columnOf(t, page, "cost/users", "cost_usd", dayRange+"&user=own"))
	require.Equal(t, []any{nil}, columnOf(t, page, "cost/conversations", "cost_usd", dayRange+"&user=own"))
}

// A price without one of cached tokens saves nothing on them, whatever an older or a more general one says; of two versions the later holds.
// Without any price, nobody knows what was saved.
func TestNothingIsSavedWithoutAPriceOfCachedTokens(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, "TRUNCATE TABLE llmtap.prices", nil)
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.cost_1h (t, user_id, provider, model, upstream, calls, input_tokens, cache_read_tokens) VALUES
		('2026-11-18 10:00:00', 'cached', 'vllm', 'own', 'vllm-9', 1, 2000000, 1000000), ('2026-11-18 10:00:00', 'uncached', 'vllm', 'own', 'vllm-9', 1, 2000000, 0),
		('2026-11-18 10:00:00', 'cached', 'vllm', 'other', 'vllm-9', 1, 2000000, 0)`, nil)
	saved := func(user string) []any {
		t.Helper()
		return columnOf(t, page, "cost/cache_saved", "cost_usd", dayRange+"&user="+user)
	}
	dashboardstest.Exec(t, engine, "INSERT INTO llmtap.prices (provider, model, valid_from, input, output, cache_read) VALUES ('vllm', 'other', '2026-01-01', 2, 2, 1)", nil)
	require.Equal(t, []any{nil}, saved("cached"))
	require.Equal(t, []any{0.0}, saved("uncached"))
	f := func(want float64, upstream, version, from, cacheRead string) {
		t.Helper()
		dashboardstest.Exec(t, engine, fmt.Sprintf(`INSERT INTO llmtap.prices (provider, model, upstream, price_version, source, valid_from, input, output, cache_read, updated_at) VALUES
			('vllm', 'own', '%s', '%s', 'config', '%s 00:00:00', 2, 2, %s, '2026-01-01 00:00:00'::DateTime64(3) + toIntervalSecond((SELECT count() FROM llmtap.prices)))`, upstream, version, from, cacheRead), nil)
		require.Equal(t, []any{want}, saved("cached"))
	}
	f(1.5, "", "1", "2026-01-01", "0.5")
	f(1.75, "", "2", "2026-01-01", "0.25")
	f(0, "", "3", "2026-02-01", "NULL")
	f(1, "", "4", "2026-03-01", "1")
	f(0, "vllm-9", "5", "2026-01-01", "NULL")
}

// Of a conversation that does not end its latest calls are shown: how it goes on, rather than how it began.
func TestLongConversationsShowTheirLatestCalls(t *testing.T) {
	engine, page := filled(t)
	dashboardstest.Exec(t, engine, `INSERT INTO llmtap.calls (ts, call_id, conversation_id, model, outcome, input_tokens, output_tokens)
		SELECT toDateTime('2026-11-18 10:00:00') + number, generateUUIDv4(), 'loop', 'm', 'ok', number, 1 FROM numbers(600)`, nil)
	for _, panel := range []string{"calls/timeline", "calls/growth"} {
		shown := columnOf(t, page, panel, "input_tokens", dayRange+"&conversation=loop")
		require.Len(t, shown, 500, panel)
		require.Equal(t, []any{100.0, 599.0}, []any{shown[0], shown[499]}, panel)
	}
}

// Before llmtapctl reprice has divided a machine's hours nobody knows how long it was idle.
func TestIdlenessThatNobodyComputedIsNoZero(t *testing.T) {
	_, page := filled(t)
	require.Equal(t, []any{nil}, columnOf(t, page, "cost/idle", "cost_usd", dayRange+"&upstream=openai"))
}
