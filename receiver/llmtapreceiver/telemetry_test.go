package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// To Prometheus a counter that is first seen above 0 has not increased, so that nobody would be told of the first loss.
func TestLossesAreCountedFromZero(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	_, err := newTelemetry(tel.NewTelemetrySettings())
	require.NoError(t, err)
	f := func(name string, want ...string) {
		t.Helper()
		got, err := tel.GetMetric(name)
		require.NoError(t, err)
		var reasons []string
		for _, point := range got.Data.(metricdata.Sum[int64]).DataPoints {
			require.Zero(t, point.Value)
			reason, _ := point.Attributes.Value("reason")
			reasons = append(reasons, reason.AsString())
		}
		require.ElementsMatch(t, want, reasons)
	}
	f("llmtap_tap_dropped", "queue_full", "shutdown", "fault", "consumer_refused")
	f("llmtap_tap_decode_failures", "coding", "json", "panic", "redact")
	f("llmtap_tap_usage_kept", "too_long")
}
