package genaimetricsconnector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestExemplarIsTheLatestCallOfItsBucket(t *testing.T) {
	atEpoch(t, func(t *testing.T) {
		sink := new(consumertest.MetricsSink)
		m := testMeter(t, createDefaultConfig().(*Config), sink)
		call := func(id byte, duration time.Duration) genai.Call {
			return genai.Call{
				TraceID: pcommon.TraceID{id}, SpanID: pcommon.SpanID{id}, Operation: genai.OperationChat, Start: epoch, Duration: duration,
				Usage: genai.Usage{Input: genai.Known(5)},
			}
		}
		f := func(metrics pmetric.Metrics, name string, want ...pmetric.Exemplar) {
			t.Helper()
			got := metricNamed(t, metrics, name).Histogram().DataPoints().At(0).Exemplars()
			require.Equal(t, len(want), got.Len())
			for i := range want {
				require.Equal(t, want[i], got.At(i))
			}
		}
		expected := func(id byte, value float64, at time.Time) pmetric.Exemplar {
			e := pmetric.NewExemplar()
			e.SetTraceID(pcommon.TraceID{id})
			e.SetSpanID(pcommon.SpanID{id})
			e.SetDoubleValue(value)
			e.SetTimestamp(pcommon.NewTimestampFromTime(at))
			return e
		}
		metrics := flushed(t, m, sink, call(1, time.Second), call(2, time.Minute), call(3, 1100*time.Millisecond), call(0, time.Hour))
		f(metrics, genai.MetricOperationDuration, expected(3, 1.1, epoch), expected(2, 60, epoch))
		f(metrics, genai.MetricTokenUsage, expected(3, 5, epoch))

		time.Sleep(time.Minute)
		metrics = flushed(t, m, sink, call(4, time.Second)) // the slow call remains to be found, however seldom one looks
		f(metrics, genai.MetricOperationDuration, expected(4, 1, time.Now()), expected(2, 60, epoch))
	})
}

func TestExemplarsCanBeTurnedOff(t *testing.T) {
	cfg, sink := createDefaultConfig().(*Config), new(consumertest.MetricsSink)
	cfg.Exemplars = false
	call := genai.Call{TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{1}, Operation: genai.OperationChat, Start: epoch}
	metrics := flushed(t, testMeter(t, cfg, sink), sink, call)
	require.Zero(t, metricNamed(t, metrics, genai.MetricOperationDuration).Histogram().DataPoints().At(0).Exemplars().Len())
}
