package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

// runFast runs the fast tier as if it were a moment.
func runFast(t *testing.T, config *Config, conn driver.Conn, at time.Time) {
	t.Helper()
	fast := config.Detection.Tiers()[1]
	for _, step := range fast.Steps {
		require.NoError(t, config.Detection.RunStep(t.Context(), conn, config.Database, fast, step, at))
	}
}

// A budget burns too fast whatever its period: one of a day, too, that is overdrawn a little each day.
func TestBudgetsOfEachPeriodBurn(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, user_id, app, model, outcome, cost_usd)
		SELECT toDateTime(%d - 120 * (number + 1), 'UTC'), generateUUIDv4(), 'ada', 'chat', 'm', 'ok', 0.02 FROM numbers(30 * 24 * 4)`, config.Database, at.Unix())))
	f := func(period string, perHour float64, want string) {
		t.Helper()
		for _, table := range []string{"budgets", "findings", "detections"} {
			require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+"."+table))
		}
		hours := map[string]float64{"hour": 1, "day": 24, "week": 168, "month": 720}[period]
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s.budgets (scope, key, period, limit_usd) VALUES ('user', 'ada', '%s', %v)", config.Database, period, perHour*hours)))
		runFast(t, config, conn, at)
		require.Equal(t, want, ask(t, conn, "SELECT toString(severity), message FROM %s.findings FINAL", config.Database), "%s: %v an hour", period, perHour)
	}
	for _, period := range []string{"day", "week", "month"} {
		f(period, 0.4, "ticket\tuser ada burns its budget 1.5 times as fast as it may")
		f(period, 0.7, "")
	}
	f("day", 0.14, "page\tuser ada burns its budget 4.3 times as fast as it may")
	f("day", 0.16, "ticket\tuser ada burns its budget 3.8 times as fast as it may")
	f("hour", 0.4, "page\tuser ada burns its budget 1.5 times as fast as it may")
	for _, left := range []detection.Exclude{{Users: []string{"ada"}}, {Models: []string{"m"}}, {Apps: []string{"chat"}}} {
		config.Detection.Exclude = left
		f("day", 0.4, "")
	}
}

// What an incident costs is what all calls since it began did, and it began within the time over which the budget burned.
func TestABurningBudgetCostsWhatItsCallsCost(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, user_id, model, outcome, cost_usd)
		SELECT toDateTime(%[2]d - 60 * (number + 1), 'UTC'), generateUUIDv4(), 'ada', 'm', 'ok', 0.5 FROM numbers(30)
		UNION ALL SELECT toDateTime(%[2]d - 5 * 3600 - number, 'UTC'), generateUUIDv4(), 'ada', 'm', 'ok', 0.01 FROM numbers(50)
		UNION ALL SELECT toDateTime(%[2]d + 60 * number, 'UTC'), generateUUIDv4(), 'ada', 'm', 'ok', 0.5 FROM numbers(180)`, config.Database, at.Unix())))
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO "+config.Database+".budgets (scope, key, period, limit_usd) VALUES ('user', 'ada', 'day', 12)"))
	f := func(after time.Duration, want string) {
		t.Helper()
		runFast(t, config, conn, at.Add(after))
		require.Equal(t, want, ask(t, conn, "SELECT toString(since), toString(calls), toString(cost_usd), toString(value_after) FROM %s.findings FINAL", config.Database))
	}
	f(0, "2026-03-09 11:30:00\t30\t15\t15")
	f(time.Minute, "2026-03-09 11:30:00\t31\t15.5\t15.5")
	f(2*time.Hour, "2026-03-09 11:30:00\t60\t75\t30")
}
