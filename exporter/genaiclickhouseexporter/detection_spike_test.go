package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection/detectiontest"
)

// The incident of a new user, too, costs what all its calls cost, not those of the last hour.
func TestASpikeOfANewUserCostsWhatAllItsCallsCost(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.OpenRuns = 1
	start := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	for hour, usd := range []float64{0.6, 1.2, 0.55} {
		require.NoError(t, detectiontest.Spend(t.Context(), conn, config.Database, "new", start.Add(time.Duration(hour)*time.Hour), 100, usd))
	}
	f := func(after time.Duration, want string) {
		t.Helper()
		runSlow(t, config, conn, start.Add(after), "spike", "incidents")
		require.Equal(t, want, ask(t, conn, "SELECT toString(state), toString(calls), toString(toFloat64(cost_usd)), ifNull(toString(value_before), 'new') FROM %s.findings FINAL", config.Database), fmt.Sprint(after))
	}
	f(time.Hour, "open\t100\t60\tnew")
	f(2*time.Hour, "open\t200\t180\tnew")
	f(3*time.Hour, "open\t300\t235\tnew")
}

// A loop takes its own conversation out of what its user spends, not that of another application under the same id.
func TestALoopHidesNoSpikeOfAnotherApplication(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.OpenRuns = 1
	at := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.calls (ts, call_id, conversation_id, user_id, app, model, outcome, cost_usd)
		SELECT toDateTime(%[2]d + 30 * number, 'UTC'), generateUUIDv4(), 'default', 'ada', app, 'm', 'ok', 1 FROM numbers(100) ARRAY JOIN ['batch', 'chat'] AS app`, config.Database, at.Unix())))
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %[1]s.findings (finding_id, kind, severity, state, key, conversation_id, user_id, app, opened_at)
		VALUES (generateUUIDv4(), 'loop', 'page', 'open', 'default', 'default', 'ada', 'chat', toDateTime(%[2]d, 'UTC'))`, config.Database, at.Unix())))
	runSlow(t, config, conn, at.Add(time.Hour), "spike", "incidents")
	require.Equal(t, "user ada cost 100 USD in 1 h, usual not known yet", ask(t, conn, "SELECT message FROM %s.findings FINAL WHERE kind = 'cost_spike'", config.Database))
}
