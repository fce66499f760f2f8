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
		for _, step := range []string{"spike", "incidents"} {
			runSlow(t, config, conn, step, start.Add(after))
		}
		require.Equal(t, want, ask(t, conn, "SELECT toString(state), toString(calls), toString(toFloat64(cost_usd)), ifNull(toString(value_before), 'new') FROM %s.findings FINAL", config.Database), fmt.Sprint(after))
	}
	f(time.Hour, "open\t100\t60\tnew")
	f(2*time.Hour, "open\t200\t180\tnew")
	f(3*time.Hour, "open\t300\t235\tnew")
}
