package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection/detectiontest"
)

// newDetectionDatabase gives a database that keeps also what has an age of its own: the traffic of these tests has fixed dates.
func newDetectionDatabase(t *testing.T) (*Config, driver.Conn) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	for _, table := range []string{"blocks_10m", "detections"} {
		require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE "+config.Database+"."+table+" REMOVE TTL"))
	}
	return config, conn
}

// runSlow runs steps of the slow tier as if it were a moment.
func runSlow(t *testing.T, config *Config, conn driver.Conn, at time.Time, steps ...string) {
	t.Helper()
	for _, step := range steps {
		require.NoError(t, config.Detection.RunStep(t.Context(), conn, config.Database, config.Detection.Tiers()[0], step, at))
	}
}

// Ten days of two models. In one nothing changes; the other gets slower and fails more, and another model answers to its name.
// One user spends far more than ever, and one conversation is in a loop.
func TestChangesAreFoundAndNothingElse(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 9).Add(9 * time.Hour)
	changed := detectiontest.Steady("slower", 60).From(changeAt, func(m *detectiontest.Model) {
		m.Latency, m.Errors, m.ToolFailures, m.Answering = 1.3, 0.03, 0.1, "other"
	})
	require.NoError(t, detectiontest.Fill(t.Context(), conn, config.Database, 1, start, 10, detectiontest.Steady("steady", 60), changed))
	require.NoError(t, detectiontest.Spend(t.Context(), conn, config.Database, "user-3", changeAt, 600, 0.5))
	require.NoError(t, detectiontest.Loop(t.Context(), conn, config.Database, "looping", changeAt, 12))

	run := func(after time.Duration) {
		t.Helper()
		require.NoError(t, config.Detection.Run(t.Context(), conn, config.Database, changeAt.Add(after)))
	}
	const latest = "SELECT kind, key, metric, toString(state) FROM %s.findings FINAL ORDER BY kind, key, metric"
	run(-10 * time.Minute)
	require.Empty(t, ask(t, conn, latest, config.Database))
	run(40 * time.Minute)
	require.Equal(t, "loop\tlooping\tcalls\topen", ask(t, conn, latest, config.Database), "the others need two runs")
	require.Equal(t, "5", ask(t, conn, "SELECT toString(length(example_calls)) FROM %s.detections WHERE kind = 'alias_moved'", config.Database), "of four blocks")
	for _, later := range []time.Duration{3 * time.Hour, 9 * time.Hour} {
		run(later - 10*time.Minute)
		run(later)
	}
	require.Equal(t, "alias_moved\tslower, vllm\tmodel\topen\n"+
		"cost_spike\tuser-3\tcost\topen\n"+
		"loop\tlooping\tcalls\topen\n"+
		"rate\tslower, vllm\terror_rate\topen\n"+
		"rate\tslower, vllm\ttools.arguments_invalid\topen\n"+
		"regression\tslower, vllm\ttime_per_output_token\topen\n"+
		"regression\tslower, vllm\ttime_to_first_chunk\topen", ask(t, conn, latest, config.Database))

	findings := "SELECT toString(finding_id), toString(since), toString(updated_at), toString(example_calls), toString(changed) FROM %s.findings FINAL ORDER BY finding_id"
	before := ask(t, conn, findings, config.Database)
	run(9 * time.Hour)
	require.Equal(t, before, ask(t, conn, findings, config.Database), "to do a run again changes nothing")
	require.Empty(t, ask(t, conn, "SELECT key, metric, toString(since) FROM %s.findings FINAL WHERE abs(toInt64(since) - %d) > 600", config.Database, changeAt.Unix()))
	require.Empty(t, ask(t, conn, "SELECT key, metric FROM %s.findings FINAL WHERE kind IN ('regression', 'rate', 'cost_spike') AND NOT ifNull(since BETWEEN since_low AND since_high AND since_high - since_low <= 7200, false)", config.Database))
	require.Empty(t, ask(t, conn, "SELECT key, metric FROM %s.findings FINAL WHERE length(example_calls) != 5", config.Database))
	require.Equal(t, "slower -> other", ask(t, conn, "SELECT DISTINCT changed['model'] FROM %s.findings FINAL WHERE kind = 'regression'", config.Database))
	require.Equal(t, "1", ask(t, conn, `SELECT DISTINCT toString(outcome = 'upstream_error' OR notEmpty(fidelity_failed)) FROM %[1]s.calls WHERE call_id IN
		(SELECT arrayJoin(example_calls) FROM %[1]s.findings FINAL WHERE kind = 'rate')`, config.Database))
	require.Equal(t, "looping", ask(t, conn, `SELECT DISTINCT conversation_id FROM %[1]s.calls WHERE call_id IN
		(SELECT arrayJoin(example_calls) FROM %[1]s.findings FINAL WHERE kind = 'loop')`, config.Database))

	run(9*time.Hour + 10*time.Minute)
	run(9*time.Hour + 20*time.Minute)
	require.Equal(t, "closed", ask(t, conn, "SELECT toString(state) FROM %s.findings FINAL WHERE kind = 'loop'", config.Database))
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO "+config.Database+".silences (key, until) VALUES ('slower*', now() + 60)"))
	require.Equal(t, "rate\tslower, vllm\n1", ask(t, conn, "SELECT kind || '\t' || key || '\n' || toString(silenced) FROM %s.findings_latest WHERE metric = 'error_rate'", config.Database))
}

// What a detector found stays open while it fails: only its own runs tell that something is over. Those of means fail with the means.
func TestRunsThatFailedCloseNothing(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.CloseRuns = 2
	at := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, state, key, since, opened_at, updated_at)
		SELECT generateUUIDv4(), kind, 'open', kind, at, at, at FROM (SELECT arrayJoin(['regression', 'rate', 'cost_spike', 'alias_moved']) AS kind, toDateTime(%d, 'UTC') AS at)`, config.Database, at.Unix())))
	run := func(steps ...string) {
		t.Helper()
		for range config.Detection.CloseRuns {
			at = at.Add(10 * time.Minute)
			runSlow(t, config, conn, at, append(steps, "incidents")...)
		}
	}
	const open = "SELECT arrayStringConcat(arraySort(groupArray(kind)), ' ') FROM %s.findings FINAL WHERE state = 'open'"
	f := func(want string, steps ...string) {
		t.Helper()
		run(steps...)
		require.Equal(t, want, ask(t, conn, open, config.Database))
	}
	f("alias_moved cost_spike rate regression")
	f("cost_spike rate regression", "alias")
	f("rate regression", "spike", "drift")
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.residuals_1h (run) VALUES (%d)", config.Database, at.Unix())))
	f("regression", "rates", "drift", "step")
	require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+".residuals_1h"))
	f("", "drift", "step")
}

// However many users there are, no more than users_max are looked at: those who cost most.
func TestTheDearestUsersAreLookedAt(t *testing.T) {
	config, conn := newDatabase(t)
	require.NoError(t, schema{config, conn}.prepare(t.Context()))
	at := time.Now().UTC().Truncate(time.Hour)
	for user, usd := range map[string]float64{"dear": 3, "dearer": 4, "dearest": 5} {
		require.NoError(t, detectiontest.Spend(t.Context(), conn, config.Database, user, at.Add(-time.Hour), 20, usd))
	}
	f := func(usersMax int, want string) {
		t.Helper()
		config.Detection.Spike.UsersMax = usersMax
		require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+".detections"))
		runSlow(t, config, conn, at, "spike")
		require.Equal(t, want, ask(t, conn, "SELECT key FROM %s.detections ORDER BY key", config.Database))
	}
	f(3, "dear\ndearer\ndearest")
	f(2, "dearer\ndearest")
}

// However many models there are, means are those of models_max: of those with most calls, and of those with an open incident.
func TestTheBusiestModelsAreLookedAt(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.blocks_10m (t, measure, metric, model, calls, n, s)
		SELECT toDateTime(%d - 600 * (number + 1), 'UTC'), 'mean', metric, 'm' || toString(calls), calls, calls, 1 FROM numbers(144 * 6) ARRAY JOIN [1, 10, 20, 30] AS calls, ['output_tokens', 'input_tokens', 'output_tokens', 'output_tokens'] AS metric`, config.Database, at.Unix())))
	f := func(modelsMax int, want string) {
		t.Helper()
		config.Detection.Drift.ModelsMax = modelsMax
		runSlow(t, config, conn, at, "means")
		require.Equal(t, want, ask(t, conn, "SELECT DISTINCT toString(model) AS name FROM %s.residuals_1h ORDER BY name", config.Database))
	}
	f(3, "m10\nm20\nm30")
	f(1, "m30")
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.findings (finding_id, kind, state, model, since, opened_at) SELECT generateUUIDv4(), 'regression', 'open', 'm1', now(), now()", config.Database)))
	f(1, "m1\nm30")
}

// A job of each Monday is no spike of its user, and what a closed incident was about makes no other; an open one lasts as long as the spending.
func TestASpikeIsWhatTheUserNeverSpentThen(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	monday := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	spend := func(user string, from time.Time, hours int, usd float64) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.cost_1h (t, user_id, calls, cost_usd) SELECT toDateTime(%d + 3600 * number, 'UTC'), '%s', 20, toDecimal128(%g, 9) FROM numbers(%d)`,
			config.Database, from.Unix(), user, usd, hours)))
	}
	incident := func(user, state string, since, until time.Time) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key_kind, key, metric, user_id, since, opened_at, closed_at, updated_at, baseline_to, value_before)
			SELECT generateUUIDv4(), 'cost_spike', 'ticket', '%s', 'user', '%[3]s', 'cost', '%[3]s', toDateTime(%[4]d, 'UTC'), toDateTime(%[4]d, 'UTC'), if('%[2]s' = 'closed', toDateTime(%[5]d, 'UTC'), NULL), toDateTime(%[5]d, 'UTC'), toDateTime(%[4]d, 'UTC'), 0.1`,
			config.Database, state, user, since.Unix(), until.Unix())))
	}
	for _, user := range []string{"weekly", "once", "lasting", "over"} {
		spend(user, monday.AddDate(0, 0, -8), 8*24-1, 0.1)
	}
	spend("weekly", monday.AddDate(0, 0, -7).Add(-time.Hour), 1, 20)
	spend("lasting", monday.Add(-20*time.Hour), 19, 22)
	incident("lasting", "open", monday.Add(-20*time.Hour), monday.Add(-10*time.Minute))
	spend("over", monday.Add(-8*time.Hour), 3, 22)
	incident("over", "closed", monday.Add(-8*time.Hour), monday.Add(-4*time.Hour))
	for _, user := range []string{"weekly", "once", "lasting"} {
		require.NoError(t, detectiontest.Spend(t.Context(), conn, config.Database, user, monday.Add(-time.Hour), 20, 1.1))
	}
	runSlow(t, config, conn, monday, "spike")
	require.Equal(t, "lasting\t441.9\nonce\t22", ask(t, conn, "SELECT key, toString(toFloat64(cost_usd)) FROM %s.detections WHERE kind = 'cost_spike' ORDER BY key", config.Database), "all of what lasts is at stake")
}

// That all others stopped does not make a user's own spending unusual, nor what is usual nothing; many times that is a spike also then.
func TestNobodySpendsLessThanEverBecauseOthersDo(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	night := time.Date(2026, 3, 9, 1, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.cost_1h (t, user_id, calls, cost_usd)
		SELECT toDateTime(%d - 3600 * (number + 2), 'UTC'), user, 20, toDecimal128(usd, 9) FROM numbers(191) AS hours CROSS JOIN values('user String, usd Float64', ('steady', 2), ('rising', 2), ('others', 500)) AS users`,
		config.Database, night.Unix())))
	for user, usd := range map[string]float64{"steady": 3.2, "rising": 20} {
		require.NoError(t, detectiontest.Spend(t.Context(), conn, config.Database, user, night.Add(-time.Hour), 20, usd/20))
	}
	runSlow(t, config, conn, night, "spike")
	require.Equal(t, "user rising cost 20 USD in 1 h, usual 2\t10", ask(t, conn, "SELECT message, toString(round(assumeNotNull(effect), 6)) FROM %s.detections ORDER BY key", config.Database))
}

// Ids of conversations are the applications' own: what many users with the same id do once each is no loop, nor does the loop of one make
// the spending of another less.
func TestAConversationIsOfItsUserAndApplication(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	calls := func(conversation, user, app, hashes string, n int) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, user_id, app, model, outcome, usage_source, cost_usd, input_tokens, tool_calls, toolcall_hash, prompt_hash)
			SELECT toDateTime(%d + 60 * number, 'UTC'), generateUUIDv4(), '%s', %s, %s, 'm', 'ok', 'reported', 10, 2000 * (number + 1), 1, %s FROM numbers(%d)`, config.Database, at.Unix(), conversation, user, app, hashes, n)))
	}
	calls("1", "toString(number)", "'chat'", "42, 7", 12)
	calls("1", "'ada'", "toString(number)", "42, 7", 12)
	calls("grown", "toString(number % 2)", "'chat'", "number + 100, 0", 24)
	calls("2", "'bob'", "'chat'", "42, 7", 12)
	calls("2", "'eve'", "'chat'", "number + 100, number + 100", 12)
	run := at.Add(30 * time.Minute)
	require.NoError(t, config.Detection.Run(t.Context(), conn, config.Database, run))
	require.Equal(t, "loop\t2\tbob\tchat\t12\t120", ask(t, conn, "SELECT kind, key, user_id, toString(app), toString(calls), toString(toFloat64(cost_usd)) FROM %s.findings FINAL", config.Database))
	runSlow(t, config, conn, run.Add(10*time.Minute), "spike")
	require.Equal(t, "0\n1\nada\neve", ask(t, conn, "SELECT key FROM %s.detections WHERE kind = 'cost_spike' AND run > %d ORDER BY key", config.Database, run.Unix()))
}

// Of a conversation with more calls than are looked at, the latest are: a loop that it ends in, and an input that grows only then.
func TestTheLatestCallsOfAConversationAreLookedAt(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, user_id, model, outcome, usage_source, tool_calls, toolcall_hash, input_tokens)
		WITH number >= 1400 AS ends SELECT toDateTime(%d + 2 * number, 'UTC'), generateUUIDv4(), id, 'ada', 'm', 'ok', 'reported', ends, if(ends AND id = 'loops', 42, number + 100), if(ends AND id = 'grows', 1000 * (number - 1390), 100)
		FROM numbers(1500) AS calls CROSS JOIN values('id String', 'loops', 'grows') AS conversation`, config.Database, at.Unix())))
	require.NoError(t, config.Detection.Run(t.Context(), conn, config.Database, at.Add(52*time.Minute)))
	require.Equal(t, "context_growth\tgrows\nloop\tloops", ask(t, conn, "SELECT kind, key FROM %s.findings FINAL ORDER BY kind", config.Database))
}

// What is left out is looked at no longer, under whichever name of a model, and what was open of it closes.
func TestWhatIsLeftOutClosesAndOpensNothing(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, model_requested, model, outcome, usage_source, tool_calls, toolcall_hash)
		SELECT toDateTime(%d - 60 * number, 'UTC'), generateUUIDv4(), 'looping', 'tried', if(number < 60, 'new', 'old'), 'ok', 'reported', 1, 42 FROM numbers(300)`, config.Database, at.Unix())))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, calls, n, s)
		WITH toDateTime(%[2]d - 600 * (number + 1), 'UTC') AS at, number < 6 * 40 AS changed
		SELECT at, 'mean', 'time_to_first_chunk', 'tried', 100, 100, 0.1 * (cityHash64(number) %% 100) + if(changed, 50, 0) FROM numbers(144 * 22)
		UNION ALL SELECT at, 'rate', 'error_rate', 'tried', 100, 100, cityHash64(number) %% 3 + if(changed, 10, 0) FROM numbers(144 * 22)`, config.Database, at.Unix())))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key_kind, key, metric, model, since, opened_at, updated_at, baseline_to)
		SELECT generateUUIDv4(), kind, 'ticket', 'open', 'model, upstream', 'tried, ', metric, 'tried', at, at, at, at FROM values('kind String, metric String', ('regression', 'time_to_first_chunk'), ('rate', 'error_rate')) AS what CROSS JOIN
		(SELECT toDateTime(%d, 'UTC') - INTERVAL 40 HOUR AS at) AS began`, config.Database, at.Unix())))
	const flagged = "SELECT DISTINCT kind, metric FROM %s.detections WHERE run = %d AND kind != 'ran' ORDER BY kind"
	require.NoError(t, config.Detection.Run(t.Context(), conn, config.Database, at))
	require.Equal(t, "alias_moved\tmodel\nloop\tcalls\nrate\terror_rate\nregression\ttime_to_first_chunk", ask(t, conn, flagged, config.Database, at.Unix()))
	config.Detection.Exclude.Models = []string{"tried"}
	at = at.Add(10 * time.Minute)
	require.NoError(t, config.Detection.Run(t.Context(), conn, config.Database, at))
	require.Empty(t, ask(t, conn, flagged, config.Database, at.Unix()))
}

// The money of calls that were running at a run counts too, once, however long ago the incident opened.
func TestCallsThatEndAfterARunCount(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	opened := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key_kind, key, metric, model, since, opened_at, updated_at)
		SELECT generateUUIDv4(), kind, 'ticket', 'open', 'model, upstream', 'm, ', kind, 'm', at - INTERVAL 1 HOUR, at, at FROM values('kind String', 'regression', 'alias_moved') AS what CROSS JOIN (SELECT toDateTime(%d, 'UTC') AS at) AS began`, config.Database, opened.Unix())))
	stored := opened.Add(-time.Hour)
	for after := 350 * time.Minute; after <= 450*time.Minute; after += 10 * time.Minute { // one call begins each five minutes and takes half an hour
		run := opened.Add(after)
		ended := int(run.Sub(stored)/time.Minute-25) / 5
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.calls (ts, call_id, model, outcome, cost_usd) SELECT toDateTime(%d + 300 * number, 'UTC'), generateUUIDv4(), 'm', 'ok', 1 FROM numbers(%d)", config.Database, stored.Unix(), ended)))
		stored = stored.Add(time.Duration(ended) * 5 * time.Minute)
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %[1]s.findings SELECT * REPLACE (toDateTime(%[2]d, 'UTC') AS updated_at) FROM %[1]s.findings FINAL", config.Database, run.Unix())))
		runSlow(t, config, conn, run, "explain")
	}
	require.Equal(t, "alias_moved\t90\nregression\t90", ask(t, conn, "SELECT kind, toString(toFloat64(cost_usd)) FROM %s.findings FINAL ORDER BY kind", config.Database))
}

// What calls of unknown price cost is unknown, not nothing; those of known price are counted.
func TestAnUnknownCostStaysUnknown(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	opened := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.calls (ts, call_id, model, outcome, cost_usd) SELECT toDateTime(%[2]d - 60 + 300 * number, 'UTC'), generateUUIDv4(), model, 'ok', if(model = 'priced' AND number = 2, 1, NULL)
		FROM numbers(4) AS calls CROSS JOIN values('model String', 'priced', 'unpriced') AS models`, config.Database, opened.Unix())))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, state, key, model, since, opened_at, updated_at)
		SELECT generateUUIDv4(), 'rate', 'open', model, model, at - 600, at, at FROM values('model String', 'priced', 'unpriced') AS models CROSS JOIN (SELECT toDateTime(%d, 'UTC') AS at) AS began`, config.Database, opened.Unix())))
	f := func(after time.Duration, want string) {
		t.Helper()
		run := opened.Add(after)
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %[1]s.findings SELECT * REPLACE (toDateTime(%[2]d, 'UTC') AS updated_at) FROM %[1]s.findings FINAL", config.Database, run.Unix())))
		runSlow(t, config, conn, run, "explain")
		require.Equal(t, want, ask(t, conn, "SELECT key, ifNull(toString(toFloat64(cost_usd)), 'unknown') FROM %s.findings FINAL ORDER BY key", config.Database))
	}
	f(0, "priced\tunknown\nunpriced\tunknown")
	f(10*time.Minute, "priced\t1\nunpriced\tunknown")
	f(20*time.Minute, "priced\t1\nunpriced\tunknown")
}

// An incident tells of all calls of its loop, also of those that are more than an hour ago when it ends.
func TestALoopCostsWhatAllItsCallsCost(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, user_id, model_requested, model, upstream, outcome, usage_source, cost_usd, tool_calls, toolcall_hash)
		SELECT toDateTime(%d + 30 * number, 'UTC'), generateUUIDv4(), 'looping', 'looper', 'm', 'm', 'vllm', 'ok', 'reported', 0.5, 1, 42 FROM numbers(200)`, config.Database, start.Unix())))
	for _, after := range []time.Duration{50 * time.Minute, 90 * time.Minute, 155 * time.Minute} {
		runFast(t, config, conn, start.Add(after))
	}
	require.Equal(t, "open\t200\t100", ask(t, conn, "SELECT toString(state), toString(calls), toString(toFloat64(cost_usd)) FROM %s.findings FINAL", config.Database))
}

// What load adds to both latencies hides no step of one: neither a rise of the time to first chunk, nor that it did not rise where the
// tokens after it became faster.
func TestLoadHidesNoStepOfOneLatency(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 20).Add(8 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH x -> sqrt(-2 * log((cityHash64(x, 1) + 1) / 18446744073709551616.)) * cos(2 * pi() * cityHash64(x, 2) / 18446744073709551616.) AS normal,
			toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * number) AS at, 0.1 * normal((model, number)) + 0.1 * normal((model, intDiv(number, 18), 'hours')) AS load,
			if(toHour(at) BETWEEN 8 AND 19, 100, 16) AS n
		SELECT at, 'mean', metric, model, 'vllm', n, n, n * (share * load + if(at >= toDateTime(%[3]d, 'UTC'), step, 0) + 0.5 / sqrt(n) * normal((model, number, metric))), at
		FROM numbers(144 * 22) AS blocks CROSS JOIN values('model String, metric String, share Float64, step Float64',
			('steady', 'time_to_first_chunk', 1, 0), ('steady', 'time_per_output_token', 0.7, 0), ('slower', 'time_to_first_chunk', 1, 0.15),
			('slower', 'time_per_output_token', 0.7, 0), ('faster', 'time_to_first_chunk', 1, 0), ('faster', 'time_per_output_token', 0.7, -0.22)) AS series`, config.Database, start.Unix(), changeAt.Unix())))
	flag := func(run time.Time) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+".detections"))
		runSlow(t, config, conn, run, "means", "drift", "step")
		require.Equal(t, "slower\ttime_to_first_chunk", ask(t, conn, "SELECT DISTINCT model, metric FROM %s.detections WHERE kind = 'regression'", config.Database), run)
	}
	run := changeAt.Add(5 * time.Hour)
	flag(run)
	require.Empty(t, ask(t, conn, "SELECT metric FROM %s.detections WHERE abs(effect - 1.16) > 0.05", config.Database))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key, metric, model, upstream, since, opened_at, updated_at, baseline_to)
		SELECT generateUUIDv4(), 'regression', 'ticket', 'open', 'slower, vllm', 'time_to_first_chunk', 'slower', 'vllm', toDateTime(%[2]d, 'UTC'), toDateTime(%[3]d, 'UTC'), toDateTime(%[3]d, 'UTC'), toDateTime(%[2]d, 'UTC')`,
		config.Database, changeAt.Unix(), run.Unix())))
	for hour := 0; hour <= 28; hour += 4 { // it stays open while there is little load, and at night with too few calls to open another
		flag(run.Add(time.Duration(hour) * time.Hour))
	}
}

// An incident outlasts a night in which nobody calls, and closes once the mean is back.
func TestAnIncidentIsOpenUntilTheMeanIsBack(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 21).Add(12 * time.Hour)
	backAt := changeAt.Add(24 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH x -> sqrt(-2 * log((cityHash64(x, 1) + 1) / 18446744073709551616.)) * cos(2 * pi() * cityHash64(x, 2) / 18446744073709551616.) AS normal,
			toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * number) AS at
		SELECT at, 'mean', 'time_to_first_chunk', 'slower', 'vllm', 100, 100, 100 * (0.12 * normal(number) + if(at >= toDateTime(%[3]d, 'UTC') AND at < toDateTime(%[4]d, 'UTC'), 0.2, 0)), at
		FROM numbers(144 * 24) WHERE toHour(at) BETWEEN 8 AND 19`, config.Database, start.Unix(), changeAt.Unix(), backAt.Unix())))
	state := func(run time.Time) string {
		t.Helper()
		require.NoError(t, config.Detection.Run(t.Context(), conn, config.Database, run))
		return ask(t, conn, "SELECT toString(state) FROM %s.findings FINAL", config.Database)
	}
	require.Empty(t, state(changeAt))
	state(changeAt.Add(4*time.Hour - 10*time.Minute))
	for hour := 4; hour <= 24; hour += 2 {
		require.Equal(t, "open", state(changeAt.Add(time.Duration(hour)*time.Hour)), hour)
	}
	for run := 1; run <= 6; run++ {
		state(backAt.Add(6*time.Hour + time.Duration(run)*10*time.Minute))
	}
	require.Equal(t, "closed", state(backAt.Add(10*time.Hour)))
	for hour := 22; hour <= 30; hour += 4 { // nor is what is usual again another incident
		state(backAt.Add(time.Duration(hour)*time.Hour - 10*time.Minute))
		require.Equal(t, "closed", state(backAt.Add(time.Duration(hour)*time.Hour)))
	}
}

// What was found and is over hides no smaller change of the weeks after it, unless it comes again and again or has become usual.
func TestAnIncidentThatIsOverHidesNoOther(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	outage, changeAt := start.AddDate(0, 0, 17).Add(10*time.Hour), start.AddDate(0, 0, 21).Add(9*time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH x -> sqrt(-2 * log((cityHash64(x, 1) + 1) / 18446744073709551616.)) * cos(2 * pi() * cityHash64(x, 2) / 18446744073709551616.) AS normal,
			toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * blocks.number) AS at, at >= toDateTime(%[3]d, 'UTC') AS changed,
			toUnixTimestamp(at) BETWEEN %[4]d - days_before * 86400 AND %[4]d - days_before * 86400 + 14399 OR days_before != 0 AND toUnixTimestamp(at) BETWEEN %[4]d AND %[4]d + 14399 AS down,
			multiIf(down, 0.5, changed, 0.04, 0.008) AS failing
		SELECT at, measure.1, measure.2, name, 'vllm', 50, 50, if(measure.1 = 'rate', arrayCount(call -> cityHash64(name, at, call) / 18446744073709551616. < failing, range(50)),
			50 * (0.12 * normal((name, at)) + multiIf(down, 1, changed, 0.26, 0))), at
		FROM numbers(144 * 22) AS blocks CROSS JOIN values('name String, days_before Int64', ('once', 0), ('twice', 7)) AS series
		ARRAY JOIN [('rate', 'error_rate'), ('mean', 'time_to_first_chunk')] AS measure`, config.Database, start.Unix(), changeAt.Unix(), outage.Unix())))
	recovered := func(model string, since time.Time) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.findings (finding_id, kind, severity, state, key, metric, model, upstream, since, opened_at, closed_at, updated_at, baseline_to)
			SELECT generateUUIDv4(), kind, 'ticket', 'closed', '%[2]s, vllm', metric, '%[2]s', 'vllm', began, began + INTERVAL 1 HOUR, over, over, began
			FROM values('kind String, metric String', ('regression', 'time_to_first_chunk'), ('rate', 'error_rate')) AS what CROSS JOIN (SELECT toDateTime(%[3]d, 'UTC') AS began, began + INTERVAL 28 HOUR AS over) AS then`,
			config.Database, model, since.Unix())))
	}
	recovered("once", outage)
	recovered("twice", outage)
	recovered("twice", outage.AddDate(0, 0, -7))
	runSlow(t, config, conn, changeAt.Add(4*time.Hour), "means", "drift", "step", "rates")
	require.Equal(t, "drift\tonce\nrates\tonce\nstep\tonce", ask(t, conn, "SELECT toString(detector), toString(model) FROM %s.detections ORDER BY detector, model", config.Database))

	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %[1]s.findings SELECT * REPLACE (since - INTERVAL 8 DAY AS since, opened_at - INTERVAL 8 DAY AS opened_at, baseline_to - INTERVAL 8 DAY AS baseline_to, updated_at + 1 AS updated_at) FROM %[1]s.findings FINAL WHERE model = 'once'", config.Database)))
	require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+".detections"))
	runSlow(t, config, conn, changeAt.Add(4*time.Hour), "means", "drift", "step", "rates")
	require.Empty(t, ask(t, conn, "SELECT toString(detector), toString(model) FROM %s.detections", config.Database), "what outlasted the freeze counts as usual")
}

// Errors that go from 0.8 % to 1.4 % of 300 calls an hour are found within a day, among many models in which nothing changes.
func TestARiseOfErrorsIsFoundWithinADay(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 21).Add(9 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * blocks.number) AS at, concat(if(series.number < 8, 'failing-', 'steady-'), toString(series.number)) AS name,
			if(at >= toDateTime(%[3]d, 'UTC') AND startsWith(name, 'failing'), 0.014, 0.008) AS rate
		SELECT at, 'rate', 'error_rate', name, 'vllm', 50, 50, arrayCount(call -> cityHash64(name, at, call) / 18446744073709551616. < rate, range(50)), at
		FROM numbers(144 * 23) AS blocks CROSS JOIN numbers(96) AS series`, config.Database, start.Unix(), changeAt.Unix())))
	for _, hour := range []int{6, 12, 18, 24} {
		runSlow(t, config, conn, changeAt.Add(time.Duration(hour)*time.Hour), "rates")
	}
	require.Equal(t, "failing\t8", ask(t, conn, "SELECT splitByChar('-', model)[1] AS kind, toString(uniqExact(model)) FROM %s.detections GROUP BY kind", config.Database))
}

// A check that fails more often for every application of a model is the model's incident, from the first run that flags anything.
func TestWhatAllApplicationsShowIsOfTheModel(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 21).Add(9 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, app, calls, n, s, computed_at)
		WITH toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * blocks.number) AS at,
			arrayMap(app -> arrayCount(call -> cityHash64(series.number, app, at, call) / 18446744073709551616. < if(at >= toDateTime(%[3]d, 'UTC'), 0.045, 0.02), range(30)), range(3)) AS failed
		SELECT at, 'rate', 'tools.args_schema_invalid', concat('model-', toString(series.number)), 'vllm', part.1, 30, if(part.1 = '', 90, 30), part.2, at
		FROM numbers(144 * 22) AS blocks CROSS JOIN numbers(12) AS series
		ARRAY JOIN [('', arraySum(failed)), ('app-0', failed[1]), ('app-1', failed[2]), ('app-2', failed[3])] AS part`, config.Database, start.Unix(), changeAt.Unix())))
	for minutes := 30; minutes <= 120; minutes += 10 {
		runSlow(t, config, conn, changeAt.Add(time.Duration(minutes)*time.Minute), "rates")
	}
	require.Equal(t, "model, upstream\t4", ask(t, conn, "SELECT toString(key_kind), toString(uniqExact(key)) FROM %s.detections GROUP BY key_kind", config.Database))
}

// A load that drifts for days hides no step, and is none.
func TestLoadThatDriftsHidesNoStep(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	changeAt := start.AddDate(0, 0, 40).Add(9 * time.Hour)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.blocks_10m (t, measure, metric, model, upstream, calls, n, s, computed_at)
		WITH x -> sqrt(-2 * log((cityHash64(x, 1) + 1) / 18446744073709551616.)) * cos(2 * pi() * cityHash64(x, 2) / 18446744073709551616.) AS normal,
			toDateTime(%[2]d, 'UTC') + toIntervalSecond(600 * number) AS at, 0.1 * normal((model, number)) + 0.1 * sin(2 * pi() * number / 1440) AS load
		SELECT at, 'mean', 'time_to_first_chunk', model, 'vllm', 100, 100, 100 * (load + if(at >= toDateTime(%[3]d, 'UTC'), step, 0)), at
		FROM numbers(144 * 42) AS blocks CROSS JOIN values('model String, step Float64', ('slower', 0.15), ('drifting', 0)) AS series`, config.Database, start.Unix(), changeAt.Unix())))
	for hour := -96; hour <= 4; hour += 10 {
		runSlow(t, config, conn, changeAt.Add(time.Duration(hour)*time.Hour), "means", "drift", "step")
	}
	require.Equal(t, fmt.Sprint("slower\t", changeAt.Add(4*time.Hour).Unix()), ask(t, conn, "SELECT DISTINCT toString(model), toString(toUnixTimestamp(run)) FROM %s.detections", config.Database))
}
