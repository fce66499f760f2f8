package genaimetricsconnector

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

var epoch = time.Unix(1_793_491_200, 0).UTC()

// atEpoch runs a test at the epoch; its time passes when it sleeps.
func atEpoch(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(epoch))
		test(t)
	})
}

func testMeter(t *testing.T, cfg *Config, next consumer.Metrics) *meter {
	t.Helper()
	return namedMeter(t, "", cfg, next)
}

func namedMeter(t *testing.T, name string, cfg *Config, next consumer.Metrics) *meter {
	t.Helper()
	settings := connectortest.NewNopSettings(componentType)
	settings.ID = component.NewIDWithName(componentType, name)
	m, err := newMeter(cfg, settings, next)
	require.NoError(t, err)
	return m
}

func spansOf(calls ...genai.Call) ptrace.Traces {
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range calls {
		genai.PutSpan(&calls[i], spans.AppendEmpty())
	}
	return traces
}

// metricNamed gives a metric of a batch.
func metricNamed(t *testing.T, metrics pmetric.Metrics, name string) pmetric.Metric {
	t.Helper()
	for _, metric := range metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		if metric.Name() == name {
			return metric
		}
	}
	require.Fail(t, "no metric "+name)
	return pmetric.Metric{}
}

func cost(user string, nano genai.NanoUSD) genai.Call {
	return genai.Call{
		Operation: genai.OperationChat, RequestModel: "m", Caller: genai.Caller{UserID: user},
		Cost: genai.Cost{Amount: nano, Known: true, Source: "config"},
	}
}

func TestLifecycle(t *testing.T) {
	create := func() connector.Traces {
		c, err := NewFactory().CreateTracesToMetrics(t.Context(), connectortest.NewNopSettings(componentType),
			createDefaultConfig(), consumertest.NewNop())
		require.NoError(t, err)
		return c
	}
	require.NoError(t, create().Shutdown(t.Context()))
	c := create()
	require.False(t, c.Capabilities().MutatesData)
	require.NoError(t, c.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, c.ConsumeTraces(t.Context(), spansOf(cost("ada", 1))))
	require.NoError(t, c.Shutdown(t.Context()))
}

func TestFlushAtTickAndShutdown(t *testing.T) {
	atEpoch(t, func(t *testing.T) {
		flushed := make(chan pmetric.Metrics, 1)
		next, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
			flushed <- metrics
			return nil
		})
		require.NoError(t, err)
		m := testMeter(t, createDefaultConfig().(*Config), next)
		require.NoError(t, m.Start(t.Context(), componenttest.NewNopHost()))

		require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 5))))
		require.Equal(t, 5e-9, metricNamed(t, <-flushed, genai.MetricCost).Sum().DataPoints().At(0).DoubleValue())

		require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 7))))
		require.NoError(t, m.Shutdown(t.Context()))
		require.Equal(t, 12e-9, metricNamed(t, <-flushed, genai.MetricCost).Sum().DataPoints().At(0).DoubleValue())
	})
}

// A client whose acknowledgement was lost delivers its spans again, and the store keeps each call once.
func TestCallThatIsDeliveredAgainCountsOnce(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	first := cost("ada", 5)
	first.TraceID, first.SpanID = pcommon.TraceID{1}, pcommon.SpanID{1}
	second := first
	second.SpanID = pcommon.SpanID{2}
	require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(first)))
	require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(first, second)))
	require.NoError(t, m.flush(t.Context()))
	require.Equal(t, 10e-9, metricNamed(t, sink.AllMetrics()[0], genai.MetricCost).Sum().DataPoints().At(0).DoubleValue())
}

func TestNothingIsEmittedWithoutCalls(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	other := ptrace.NewTraces()
	other.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("GET /")
	require.NoError(t, m.ConsumeTraces(t.Context(), other))
	require.NoError(t, m.flush(t.Context()))
	require.Empty(t, sink.AllMetrics())
}

func TestRefusedFlushIsMadeUpForByTheNext(t *testing.T) {
	atEpoch(t, func(t *testing.T) {
		answers := make(chan error, 2)
		answers <- errors.New("queue is full")
		answers <- nil
		flushed := make(chan pmetric.Metrics, 2)
		next, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
			flushed <- metrics
			return <-answers
		})
		require.NoError(t, err)
		m := testMeter(t, createDefaultConfig().(*Config), next)
		require.NoError(t, m.Start(t.Context(), componenttest.NewNopHost()))
		require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 5))))
		<-flushed
		require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 7))))
		require.NoError(t, m.Shutdown(t.Context()))
		require.Equal(t, 12e-9, metricNamed(t, <-flushed, genai.MetricCost).Sum().DataPoints().At(0).DoubleValue())
	})
}

// Nor does what came last before an outage end with its series, of which nobody has heard.
func TestFlushesThatAreRefusedForLongAreMadeUpFor(t *testing.T) {
	atEpoch(t, func(t *testing.T) {
		sink := new(consumertest.MetricsSink)
		full := errors.New("queue is full")
		var refusal error
		next, err := consumer.NewMetrics(func(ctx context.Context, metrics pmetric.Metrics) error {
			if refusal != nil {
				return refusal
			}
			return sink.ConsumeMetrics(ctx, metrics)
		})
		require.NoError(t, err)
		cfg := createDefaultConfig().(*Config)
		m := testMeter(t, cfg, next)
		require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 5))))
		refusal = full
		require.ErrorIs(t, m.flush(t.Context()), full)
		time.Sleep(cfg.SeriesExpiration)
		require.ErrorIs(t, m.flush(t.Context()), full)
		refusal = nil
		require.NoError(t, m.flush(t.Context()))
		require.Equal(t, 5e-9, metricNamed(t, sink.AllMetrics()[0], genai.MetricCost).Sum().DataPoints().At(0).DoubleValue())
		require.NoError(t, m.flush(t.Context()))
		require.Len(t, sink.AllMetrics(), 1) // the series has ended
	})
}

func TestEachProcessIsTheOnlyWriterOfItsStreams(t *testing.T) {
	set := connectortest.NewNopSettings(componentType)
	set.Resource = pcommon.NewResource()
	set.Resource.Attributes().PutStr("service.instance.id", "one")
	sink := new(consumertest.MetricsSink)
	m, err := newMeter(createDefaultConfig().(*Config), set, sink)
	require.NoError(t, err)
	require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 5))))
	require.NoError(t, m.flush(t.Context()))
	require.Equal(t, map[string]any{"service.instance.id": "one"},
		sink.AllMetrics()[0].ResourceMetrics().At(0).Resource().Attributes().AsRaw())
}

func TestUnrecordedCallsAreCounted(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	for _, calls := range []int64{3, 4, 4} { // the last is delivered again
		traces := ptrace.NewTraces()
		u := genai.Unrecorded{Upstream: "vllm", Reason: "queue_full", Calls: calls, First: epoch, Last: epoch}
		u.Put(traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty(), pcommon.TraceID{1}, pcommon.SpanID{byte(calls)})
		require.NoError(t, m.ConsumeTraces(t.Context(), traces))
	}
	require.NoError(t, m.flush(t.Context()))
	points := metricNamed(t, sink.AllMetrics()[0], genai.MetricUnrecorded).Sum().DataPoints()
	require.Equal(t, 1, points.Len())
	require.InDelta(t, 7, points.At(0).DoubleValue()+float64(points.At(0).IntValue()), 0)
	require.Equal(t, map[string]any{"upstream": "vllm", "reason": "queue_full"}, points.At(0).Attributes().AsRaw())
}

// Two connectors of one process write different streams.
func TestNameOfTheConnectorIsInItsStreams(t *testing.T) {
	f := func(name string, want map[string]any) {
		t.Helper()
		sink := new(consumertest.MetricsSink)
		m := namedMeter(t, name, createDefaultConfig().(*Config), sink)
		require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(cost("ada", 1))))
		require.NoError(t, m.Shutdown(t.Context()))
		require.Equal(t, want, sink.AllMetrics()[0].ResourceMetrics().At(0).ScopeMetrics().At(0).Scope().Attributes().AsRaw())
	}
	f("", map[string]any{})
	f("batch", map[string]any{"llmtap.connector": "batch"})
}
