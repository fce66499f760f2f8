package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An outage is over when it is over, not a day later: the next one, hours after it, is an incident of its own, and neither opens again.
// One of errors that go on stays open.
func TestAnIncidentIsOpenUntilTheRateIsBack(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.OpenRuns, config.Detection.CloseRuns = 1, 1
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	outage := start.AddDate(0, 0, 21).Add(9 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * blocks.number) AS at, toInt32(at) - %[3]d AS after,
			multiIf(name = 'failing' AND after >= 0, 0.016, startsWith(name, 'down') AND after BETWEEN 0 AND 1799, 0.7, name = 'down twice' AND after BETWEEN 36000 AND 37799, 0.9, 0.008) AS rate
		SELECT at, 'rate', 'error_rate', name, 'vllm', 50, 50, arrayCount(call -> cityHash64(name, at, call) / 18446744073709551616. < rate, range(50)), at
		FROM numbers(144 * 23) AS blocks ARRAY JOIN ['down once', 'down twice', 'failing', 'steady'] AS name`, config.Database, start.Unix(), outage.Unix())))
	for _, hour := range []int{1, 2, 3, 4, 5, 8, 11, 14, 18, 22, 26, 30} {
		runSlow(t, config, conn, outage.Add(time.Duration(hour)*time.Hour), "rates", "incidents", "date")
	}
	require.Equal(t, "down once\t0\t1\t4\ndown twice\t0\t1\t4\ndown twice\t10\t11\t14\nfailing\t\t11\topen", ask(t, conn, `WITH moment -> toString(dateDiff('hour', toDateTime(%[2]d, 'UTC'), moment)) AS hour
		SELECT toString(model), if(model = 'failing', '', hour(since)), hour(opened_at), ifNull(hour(closed_at), 'open') FROM %[1]s.findings FINAL ORDER BY model, since`, config.Database, outage.Unix()))
}

// A night or weekend without calls closes no incident of a rate, and makes no two of one, nor does an hour that has calls but once a week; it
// is over when calls say so.
func TestAnIncidentOutlastsAWeekend(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.OpenRuns, config.Detection.CloseRuns = 1, 1
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	thursday, tuesday := start.AddDate(0, 0, 17).Add(9*time.Hour), start.AddDate(0, 0, 22).Add(9*time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * number) AS at, if(at >= toDateTime(%[3]d, 'UTC') AND at < toDateTime(%[4]d, 'UTC'), 0.06, 0.01) AS rate
		SELECT at, 'rate', 'error_rate', name, 'vllm', 50, 50, arrayCount(call -> cityHash64(at, call) / 18446744073709551616. < rate, range(50)), at
		FROM numbers(144 * 23) ARRAY JOIN ['by day', 'some evenings'] AS name
		WHERE toDayOfWeek(at) < 6 AND toHour(at) BETWEEN 8 AND 17 OR name = 'some evenings' AND toDayOfWeek(at) = 4 AND toHour(at) = 21`, config.Database, start.Unix(), thursday.Unix(), tuesday.Unix())))
	f := func(at time.Time, want string) {
		t.Helper()
		runSlow(t, config, conn, at, "rates", "incidents")
		require.Equal(t, "by day\t"+want+"\nsome evenings\t"+want, ask(t, conn, "SELECT toString(model), toString(state), formatDateTime(opened_at, '%%a %%H:%%i') FROM %s.findings FINAL ORDER BY model", config.Database), at.Format("Mon 15:04"))
	}
	for _, hours := range []int{4, 8, 16, 57, 66, 90, 96, 102, 119} { // until the Tuesday's morning
		f(thursday.Add(time.Duration(hours)*time.Hour), "open\tThu 13:00")
	}
	f(tuesday.Add(6*time.Hour), "closed\tThu 13:00")
}

// Who retires a failing or slow model waits no week for its incidents to close: they do so when a third of the calls of a week would have come
// and none did. That is not over a weekend, nor over a day off after it.
func TestAnIncidentOfAModelThatIsGoneCloses(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.OpenRuns, config.Detection.CloseRuns = 1, 1
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt, retired := start.AddDate(0, 0, 17).Add(9*time.Hour), start.AddDate(0, 0, 18).Add(12*time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * number) AS at, at >= toDateTime(%[3]d, 'UTC') AS changed
		SELECT at, measure, metric, name, 'vllm', 50, 50, if(measure = 'rate', arrayCount(call -> cityHash64(at, call) / 18446744073709551616. < if(changed, 0.06, 0.01), range(50)),
			50 * (cityHash64(at) %% 100 / 500 + if(changed, 1, 0))), at
		FROM numbers(144 * 24) ARRAY JOIN ['back', 'retired'] AS name CROSS JOIN values('measure String, metric String', ('mean', 'time_to_first_chunk'), ('rate', 'error_rate')) AS measures
		WHERE toDayOfWeek(at) < 6 AND toHour(at) BETWEEN 8 AND 17 AND NOT (name = 'retired' AND at >= toDateTime(%[4]d, 'UTC') OR toDate(at) = toDate('2026-03-23'))`,
		config.Database, start.Unix(), changeAt.Unix(), retired.Unix())))
	f := func(after time.Duration, want string) {
		t.Helper()
		runSlow(t, config, conn, changeAt.Add(after), "means", "drift", "step", "rates", "incidents")
		require.Equal(t, want, ask(t, conn, "SELECT toString(model), arrayStringConcat(arraySort(groupArray(concat(kind, ' ', toString(state)))), ', ') FROM %s.findings FINAL GROUP BY model ORDER BY model", config.Database), changeAt.Add(after).Format("Mon 15:04"))
	}
	const open, closed = "rate open, regression open", "rate closed, regression closed"
	for _, hours := range []int{4, 27, 51, 75, 99, 111} { // from Thursday 13:00 until midnight after the Monday off
		f(time.Duration(hours)*time.Hour, "back\t"+open+"\nretired\t"+open)
	}
	f(125*time.Hour, "back\t"+open+"\nretired\t"+closed)
}

// A load test of the week before, after hours or on a day off, is no week of calls: that it does not come again is no sign that a model is gone.
func TestABurstOfTheWeekBeforeClosesNothing(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.OpenRuns, config.Detection.CloseRuns = 1, 1
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 17).Add(9 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * number) AS at, at >= toDateTime(%[3]d, 'UTC') AS changed, toHour(at) = 20 AND at < toDateTime('2026-03-15 00:00:00', 'UTC') AS night,
			if(night AND toDate(at) IN ('2026-03-12', '2026-03-14'), 20000, 50) AS n
		SELECT at, measure, metric, 'm', 'vllm', n, n, if(measure = 'rate', arrayCount(call -> cityHash64(at, call) / 18446744073709551616. < if(changed, 0.06, 0.01), range(n)),
			n * (cityHash64(at) %% 100 / 500 + if(changed, 1, 0))), at
		FROM numbers(144 * 24) AS blocks CROSS JOIN values('measure String, metric String', ('mean', 'time_to_first_chunk'), ('rate', 'error_rate')) AS measures
		WHERE toDayOfWeek(at) < 6 AND toHour(at) BETWEEN 8 AND 17 OR night`, config.Database, start.Unix(), changeAt.Unix())))
	for _, hours := range []int{4, 8, 12, 15, 61, 63} { // from Thursday 13:00 until midnight after Saturday
		runSlow(t, config, conn, changeAt.Add(time.Duration(hours)*time.Hour), "means", "drift", "step", "rates", "incidents")
		require.Equal(t, "rate\topen\nregression\topen", ask(t, conn, "SELECT kind, toString(state) FROM %s.findings FINAL ORDER BY kind", config.Database), changeAt.Add(time.Duration(hours)*time.Hour).Format("Mon 15:04"))
	}
}

// Calls that fetch or cancel what another made, or count tokens, lack no usage: an agent that begins to count is no incident of its model.
func TestCallsThatMakeNoModelWorkLackNoUsage(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, operation, usage_source, outcome, cost_usd)
		SELECT now(), generateUUIDv4(), operation, usage, 'ok', 0 FROM VALUES('operation String, usage String',
			('chat', 'reported'), ('chat', 'none'), ('count_tokens', 'none'), ('fetch_response', 'none'), ('cancel_response', 'none'))`, config.Database)))
	require.Equal(t, "1 of 2", ask(t, conn, "SELECT format('{} of {}', toString(sum(x)), toString(count())) FROM %s.call_measures WHERE metric = 'unknown_usage'", config.Database))
	require.Equal(t, "5", ask(t, conn, "SELECT toString(count()) FROM %s.call_measures WHERE metric = 'error_rate'", config.Database))
}
