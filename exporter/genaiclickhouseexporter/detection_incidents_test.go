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
