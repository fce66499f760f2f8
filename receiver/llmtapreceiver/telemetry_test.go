package llmtapreceiver

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Calls that a budget refuses add nothing before an answer of the server. As many of nothing as a client tries again would hide what
// others wait.
func TestOverheadIsOfCallsThatWentOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, tel := newTestRecorder(t, consumertest.NewNop(), nil)
		refused := chatExchange()
		refused.Status, refused.End, refused.Overhead, refused.Response = 429, exchange.Refused, 0, exchange.Message{}
		for _, x := range []*exchange.Exchange{refused, chatExchange(), refused} {
			require.True(t, r.Offer(x))
		}
		r.start(1)
		require.NoError(t, r.stop(t.Context()))
		overhead, err := tel.GetMetric("llmtap_tap_overhead_seconds")
		require.NoError(t, err)
		require.EqualValues(t, 1, overhead.Data.(metricdata.Histogram[float64]).DataPoints[0].Count)
	})
}

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
