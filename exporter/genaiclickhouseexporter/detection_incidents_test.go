package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The numbers of an incident are of one run, whatever is usual at its time of the day: after is before times the effect.
func TestTheNumbersOfAnIncidentAreOfOneRun(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	f := func(key, before, after, want string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.detections (run, kind, severity, key_kind, key, metric, since, detector, value_before, value_after, effect)
			WITH %s AS before, %s AS after SELECT toDateTime(%d, 'UTC') AS run, 'regression', 'ticket', 'model, upstream', '%s', 'time_to_first_chunk', run, 'drift', before, after, after / before`, config.Database, before, after, at.Unix(), key)))
		runSlow(t, config, conn, at, "incidents")
		at = at.Add(10 * time.Minute)
		require.Equal(t, want, ask(t, conn, "SELECT ifNull(toString(value_before), ''), toString(value_after), ifNull(toString(effect), '') FROM %s.findings FINAL WHERE key = '%s'", config.Database, key))
	}
	config.Detection.OpenRuns = 1
	f("m, vllm", "2", "3", "2\t3\t1.5")
	f("m, vllm", "1", "1.5", "1\t1.5\t1.5")
	f("new", "NULL", "7", "\t7\t")
	f("new", "1", "7", "\t7\t7")
}

// Days of calls of which nothing is measured, refused or left out, hold up no block of those after them.
func TestBlocksPassWhatIsNotMeasured(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.Exclude.Users, config.Detection.Exclude.Models = []string{"load-test"}, []string{"experiment"}
	friday := time.Date(2026, 3, 6, 18, 0, 0, 0, time.UTC)
	monday := friday.Add(62 * time.Hour)
	calls := func(from, until time.Time, user, requested, outcome string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, user_id, model_requested, model, outcome) SELECT toDateTime(%d + 600 * number, 'UTC'), generateUUIDv4(), '%s', '%s', 'm', '%s' FROM numbers(%d)`,
			config.Database, from.Unix(), user, requested, outcome, int(until.Sub(from)/(10*time.Minute)))))
	}
	calls(friday.Add(-4*time.Hour), friday, "ada", "m", "ok")
	for _, call := range [][3]string{{"", "m", "refused"}, {"ada", "m", "client_abort"}, {"load-test", "", "ok"}, {"ada", "experiment", "ok"}} {
		calls(friday, monday, call[0], call[1], call[2])
	}
	calls(monday, monday.Add(2*time.Hour), "ada", "", "timeout")
	f := func(at time.Time, want string) {
		t.Helper()
		runSlow(t, config, conn, at, "blocks")
		require.Equal(t, want, ask(t, conn, "SELECT formatDateTime(max(t), '%%a %%H:%%i') FROM %s.blocks_10m", config.Database))
	}
	f(friday, "Fri 17:50")
	f(monday, "Fri 17:50")
	f(monday.Add(time.Hour), "Mon 08:50")
	f(monday.Add(2*time.Hour), "Mon 09:50")
}

// However many keys a detector flags in a run, those with an open incident are among them: else incidents would close and open again as others
// come and go.
func TestWhatIsOpenIsFlaggedFirst(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.Drift.BlocksMin, config.Detection.Drift.ModelsMax = 3, 200
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	do := func(statement string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(statement, config.Database, at.Unix())))
	}
	// of 101 keys the last shows the least
	do(`INSERT INTO %[1]s.calls (ts, call_id, user_id, conversation_id, model_requested, model, outcome, cost_usd, input_tokens, tool_calls, toolcall_hash)
		WITH id = 100 AS is_last, toString(id) AS user SELECT toDateTime(%[2]d - 3000 + 30 * number, 'UTC'), generateUUIDv4(), user, 'grows' || user, 'm' || user, if(number < 40, 'a', 'b'), 'ok', 0, if(is_last, 1000, 2000) * (number + 1), 1, number + 1
		FROM numbers(100) ARRAY JOIN range(101) AS id
		UNION ALL SELECT toDateTime(%[2]d - 3000 + 30 * number, 'UTC'), generateUUIDv4(), toString(id), 'loops' || toString(id), '', 'a', 'ok', 0, 1, 1, 42 FROM numbers(12) ARRAY JOIN range(101) AS id WHERE NOT (id = 100 AND number > 9)
		UNION ALL SELECT toDateTime(%[2]d - 3000 + 30 * number, 'UTC'), generateUUIDv4(), toString(id), '', '', 'a', 'ok', if(id = 100, 1, 2), 1, 0, 0 FROM numbers(100) ARRAY JOIN range(101) AS id`)
	do(`INSERT INTO %[1]s.budgets (scope, key, period, limit_usd) SELECT 'user', toString(number), 'hour', 50 FROM numbers(101)`)
	do(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s)
		WITH toDateTime(%[2]d - 3600 * (number + 1), 'UTC') AS hour, number < 4 AS changed, cityHash64(id, number) %% 100 AS noise
		SELECT hour, measure.1, measure.2, 'm' || toString(id), '', 200, 200, if(measure.1 = 'rate', noise %% 4 + if(changed, if(id = 100, 10, 20), 0), noise / 5 + if(changed, if(id = 100, 100, 200), 0))
		FROM numbers(24 * 22) ARRAY JOIN range(101) AS id ARRAY JOIN [('mean', 'time_to_first_chunk'), ('rate', 'error_rate')] AS measure`)
	do(`INSERT INTO %[1]s.findings (finding_id, kind, severity, state, key_kind, key, metric, model, user_id, conversation_id, since, opened_at, updated_at, baseline_to)
		SELECT generateUUIDv4(), kind, 'ticket', 'open', key_kind, key, metric, if(key_kind = 'model, upstream', 'm100', ''), if(key_kind IN ('user', 'conversation'), '100', ''), if(key_kind = 'conversation', key, ''), at, at, at, at
		FROM values('kind String, key_kind String, key String, metric String', ('regression', 'model, upstream', 'm100, ', 'time_to_first_chunk'), ('rate', 'model, upstream', 'm100, ', 'error_rate'), ('alias_moved', 'model, upstream', 'm100, ', 'model'),
			('cost_spike', 'user', '100', 'cost'), ('burn_rate', 'user', '100', 'cost'), ('loop', 'conversation', 'loops100', 'calls'), ('context_growth', 'conversation', 'grows100', 'input_tokens')) AS incidents
		CROSS JOIN (SELECT toDateTime(%[2]d - 4 * 3600, 'UTC') AS at) AS began`)
	for _, tier := range config.Detection.Tiers() {
		for _, step := range tier.Steps[:len(tier.Steps)-1] {
			if step != "blocks" {
				require.NoError(t, config.Detection.RunStep(t.Context(), conn, config.Database, tier, step, at))
			}
		}
	}
	require.Equal(t, "alias\t100\t1\nburn\t100\t1\ncontext\t100\t1\ndrift\t100\t1\nloops\t100\t1\nrates\t100\t1\nspike\t100\t1\nstep\t100\t1",
		ask(t, conn, "SELECT toString(detector), toString(count()), toString(countIf(user_id = '100' OR model = 'm100')) FROM %s.detections WHERE kind != 'ran' GROUP BY detector ORDER BY detector", config.Database))
}

// An incident costs what all its calls cost, also those of a time in which no run was done, as while the store was away, and however long ago
// it opened.
func TestCallsBetweenRunsThatWereNotDoneCount(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	opened := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.calls (ts, call_id, model, outcome, cost_usd) SELECT toDateTime(%[2]d + 300 * number, 'UTC'), generateUUIDv4(), 'm', 'ok', 1 FROM numbers(12 * 24)`, config.Database, opened.Unix())))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key_kind, key, metric, model, since, opened_at, updated_at)
		SELECT generateUUIDv4(), 'rate', 'ticket', 'open', 'model, upstream', 'm, ', 'error_rate', 'm', at, at, at FROM (SELECT toDateTime(%d, 'UTC') AS at)`, config.Database, opened.Unix())))
	f := func(after time.Duration, want string) {
		t.Helper()
		runSlow(t, config, conn, opened.Add(after), "incidents", "explain")
		require.Equal(t, want, ask(t, conn, "SELECT toString(toFloat64(cost_usd)) FROM %s.findings FINAL", config.Database), after)
	}
	f(3*time.Hour, "36")
	f(3*time.Hour+10*time.Minute, "38")
	f(3*time.Hour+50*time.Minute, "46")
	f(6*time.Hour+30*time.Minute, "66") // from now on of those that began an hour ago
	f(8*time.Hour, "84")
	f(8*time.Hour+10*time.Minute, "86")
	f(20*time.Hour, "228")
}

// An incident that was open before it was known up to when its calls are counted counts none twice once it is dated no longer: those until its
// last dating are.
func TestCallsOfTheLastDatingCountOnce(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	opened := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.calls (ts, call_id, model, outcome, cost_usd) SELECT toDateTime(%[2]d + 300 * number, 'UTC'), generateUUIDv4(), 'm', 'ok', 1 FROM numbers(12 * 24)`, config.Database, opened.Unix())))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key_kind, key, metric, model, since, opened_at, updated_at, cost_usd)
		SELECT generateUUIDv4(), 'rate', 'ticket', 'open', 'model, upstream', 'm, ', 'error_rate', 'm', at, at, at + 6 * 3600, 72 FROM (SELECT toDateTime(%d, 'UTC') AS at)`, config.Database, opened.Unix())))
	for after, want := range []string{"72", "72", "74"} {
		runSlow(t, config, conn, opened.Add(6*time.Hour+time.Duration(10+30*after)*time.Minute), "incidents", "explain")
		require.Equal(t, want, ask(t, conn, "SELECT toString(toFloat64(cost_usd)) FROM %s.findings FINAL", config.Database))
	}
}
