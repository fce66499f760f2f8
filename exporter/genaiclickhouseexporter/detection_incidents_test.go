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
