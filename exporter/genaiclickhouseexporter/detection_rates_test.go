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
