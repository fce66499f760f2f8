package genailedgerextension

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// To Prometheus a counter that is first seen above 0 has not increased, so that nobody would be told of the first failure.
func TestFailuresAreCountedFromZero(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	_, err := newTelemetry(tel.NewTelemetrySettings())
	require.NoError(t, err)
	for _, name := range []string{
		"llmtap_ledger_expired", "llmtap_ledger_evicted", "llmtap_ledger_sync_failures", "llmtap_ledger_save_failures",
	} {
		got, err := tel.GetMetric(name)
		require.NoError(t, err, name)
		points := got.Data.(metricdata.Sum[int64]).DataPoints
		require.Len(t, points, 1, name)
		require.Zero(t, points[0].Value, name)
	}
}
