package genaimetricsconnector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/llmtap/llmtap/internal/genai"
)

// flushed sends calls and gives the metrics of the next flush.
func flushed(t *testing.T, m *meter, sink *consumertest.MetricsSink, calls ...genai.Call) pmetric.Metrics {
	t.Helper()
	require.NoError(t, m.ConsumeTraces(t.Context(), spansOf(calls...)))
	require.NoError(t, m.flush(t.Context()))
	all := sink.AllMetrics()
	return all[len(all)-1]
}

// costs gives the cost of every series, by its attributes.
func costs(t *testing.T, metrics pmetric.Metrics) map[string]float64 {
	t.Helper()
	values := make(map[string]float64)
	for _, point := range metricNamed(t, metrics, genai.MetricCost).Sum().DataPoints().All() {
		values[label(point.Attributes(), "user")+"/"+label(point.Attributes(), "team")] = point.DoubleValue()
	}
	return values
}

func label(attributes pcommon.Map, name string) string {
	value, ok := attributes.Get(name)
	if !ok {
		return ""
	}
	return value.AsString()
}

func TestUsersPastTheLimitAreOthers(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	set := connectortest.NewNopSettings(componentType)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	cfg := createDefaultConfig().(*Config)
	cfg.CostSeriesMax = 2
	sink := new(consumertest.MetricsSink)
	m, err := newMeter(cfg, set, sink)
	require.NoError(t, err)
	call := func(user, team string) genai.Call {
		c := cost(user, 1e9)
		c.Caller.Team = team
		return c
	}
	require.Equal(t, map[string]float64{"ada/core": 1, "bob/core": 1},
		costs(t, flushed(t, m, sink, call("ada", "core"), call("bob", "core"))))
	require.Equal(t, map[string]float64{"ada/core": 1, "bob/core": 2, "_other/core": 2, "_other/sales": 1, "_other/_other": 3},
		costs(t, flushed(t, m, sink, call("bob", "core"), call("cy", "core"), call("di", "core"), call("di", "sales"),
			call("ed", "one"), call("ed", "two"), call("ada", "three"))))

	overflows, err := tel.GetMetric("llmtap_metrics_overflows")
	require.NoError(t, err)
	counts := map[string]int64{}
	for _, point := range overflows.Data.(metricdata.Sum[int64]).DataPoints {
		metric, _ := point.Attributes.Value("metric")
		counts[metric.AsString()] = point.Value
	}
	require.Equal(t, map[string]int64{
		genai.MetricTokenUsage: 0, genai.MetricOperationDuration: 0, genai.MetricOperationFirstChunk: 0,
		genai.MetricCost: 6, genai.MetricUsageCalls: 0, genai.MetricFidelityChecks: 0, genai.MetricUnrecorded: 0,
	}, counts)
}

func TestSeriesPastTheLimitOverflow(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.SeriesMax = 2
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, cfg, sink)
	var calls []genai.Call
	for i := range 10 {
		calls = append(calls, genai.Call{Operation: genai.OperationChat, RequestModel: fmt.Sprint("m", i)})
	}
	points := metricNamed(t, flushed(t, m, sink, calls...), genai.MetricOperationDuration).Histogram().DataPoints()
	require.Equal(t, 3, points.Len())
	require.Equal(t, map[string]any{attrOverflow: true}, points.At(0).Attributes().AsRaw())
	require.EqualValues(t, 8, points.At(0).Count())
	require.EqualValues(t, 1, points.At(1).Count())
}

func TestSeriesWithoutCallsEndAndBeginAnew(t *testing.T) {
	atEpoch(t, func(t *testing.T) {
		sink := new(consumertest.MetricsSink)
		cfg := createDefaultConfig().(*Config)
		cfg.SeriesExpiration = time.Minute
		m := testMeter(t, cfg, sink)
		point := func(metrics pmetric.Metrics) (value float64, start, end time.Duration) {
			points := metricNamed(t, metrics, genai.MetricCost).Sum().DataPoints()
			require.Equal(t, 1, points.Len())
			since := func(ts pcommon.Timestamp) time.Duration { return ts.AsTime().Sub(epoch) }
			return points.At(0).DoubleValue(), since(points.At(0).StartTimestamp()), since(points.At(0).Timestamp())
		}
		f := func(at time.Duration, wantValue float64, wantStart time.Duration, calls ...genai.Call) {
			t.Helper()
			time.Sleep(time.Until(epoch.Add(at)))
			value, start, end := point(flushed(t, m, sink, calls...))
			require.Equal(t, []any{wantValue, wantStart, at}, []any{value, start, end})
		}
		f(10*time.Second, 1, 0, cost("ada", 1e9))
		f(69*time.Second, 1, 0)
		time.Sleep(time.Until(epoch.Add(70 * time.Second)))
		require.NoError(t, m.flush(t.Context()))
		require.Len(t, sink.AllMetrics(), 2) // the series has ended
		f(90*time.Second, 2, 70*time.Second, cost("ada", 2e9))
	})
}

// The sums over series equal what was spent, to the last nano-dollar, where added floats would drift.
func TestCostSumsAreExact(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	r := rand.New(rand.NewPCG(5, 6))
	want := make(map[string]genai.NanoUSD)
	calls := make([]genai.Call, 20_000)
	for i := range calls {
		calls[i] = cost(fmt.Sprint("user-", r.IntN(20)), genai.NanoUSD(r.Int64N(3_000_000_000)))
		want[calls[i].Caller.UserID+"/"] += calls[i].Cost.Amount
	}
	got := costs(t, flushed(t, m, sink, calls...))
	require.Len(t, got, len(want))
	for user, nano := range want {
		require.Equal(t, nano, genai.NanoUSDFrom(got[user]), user)
	}
}

// Whoever sends spans may say any cost and duration, as often as he likes. A counter that runs over would fall.
func TestSumsStayAtTheLargest(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	const calls = math.MaxInt64/int64(durationMax) + 1
	dear := cost("eve", genai.CostMax)
	dear.Duration = durationMax
	last := flushed(t, m, sink, slices.Repeat([]genai.Call{dear}, int(calls))...)
	require.Equal(t, map[string]float64{"eve/": math.MaxInt64 / 1e9}, costs(t, last))
	point := metricNamed(t, last, genai.MetricOperationDuration).Histogram().DataPoints().At(0)
	require.Equal(t, uint64(calls), point.Count())
	require.Equal(t, math.MaxInt64/1e9, point.Sum())
}

func TestUnknownCostIsNoCost(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	unknown := cost("bob", 0)
	unknown.Cost = genai.Cost{Source: "unknown"}
	require.Equal(t, map[string]float64{"ada/": 0}, costs(t, flushed(t, m, sink, unknown, cost("ada", 0))))
}

func TestImpossibleValuesStayOut(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	set := connectortest.NewNopSettings(componentType)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	cfg := createDefaultConfig().(*Config)
	sink := new(consumertest.MetricsSink)
	m, err := newMeter(cfg, set, sink)
	require.NoError(t, err)
	at := func(duration time.Duration, tokens int64) genai.Call {
		return genai.Call{
			Operation: genai.OperationChat, Start: epoch, Duration: duration, Stream: true, TimeToFirstChunk: duration,
			Usage: genai.Usage{Input: genai.Known(tokens)},
		}
	}
	metrics := flushed(t, m, sink, at(durationMax, math.MaxUint32), at(durationMax+1, math.MaxUint32+1), at(-1, 0)) // as rows
	f := func(name string, count uint64, sum float64) {
		t.Helper()
		point := metricNamed(t, metrics, name).Histogram().DataPoints().At(0)
		require.Equal(t, count, point.Count())
		require.Equal(t, sum, point.Sum())
	}
	f(genai.MetricOperationDuration, 1, durationMax.Seconds())
	f(genai.MetricTokenUsage, 2, math.MaxUint32)
	f(genai.MetricOperationFirstChunk, 1, durationMax.Seconds())
	rejects, err := tel.GetMetric("llmtap_metrics_rejects")
	require.NoError(t, err)
	got := make(map[string]int64)
	for _, point := range rejects.Data.(metricdata.Sum[int64]).DataPoints {
		reason, _ := point.Attributes.Value("reason")
		got[reason.AsString()] = point.Value
	}
	require.Equal(t, map[string]int64{"duration": 3, "tokens": 1}, got)
}

func TestLabelsAreLimited(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		require.Equal(t, key{want}, key{value}.limited())
	}
	f(strings.Repeat("a", labelBytesMax), strings.Repeat("a", labelBytesMax))
	f(strings.Repeat("a", labelBytesMax+1), strings.Repeat("a", labelBytesMax-len(genai.CutMark))+genai.CutMark)
	f(strings.Repeat("é", labelBytesMax), strings.Repeat("é", (labelBytesMax-len(genai.CutMark))/2)+genai.CutMark)
	f("gpt-4o\xff", "gpt-4o\uFFFD")
	f("a"+strings.Repeat("é\xff", labelBytesMax), "a"+strings.Repeat("é\uFFFD", (labelBytesMax-len(genai.CutMark))/5)+"é"+genai.CutMark)
}

// Lists of checks that only a stranger's span has are not counted to their end.
func TestChecksOfACallAreLimited(t *testing.T) {
	cfg, sink := createDefaultConfig().(*Config), new(consumertest.MetricsSink)
	cfg.SeriesMax = 10_000
	var failed, applicable []string
	for i := range 2 * checksMax {
		failed, applicable = append(failed, "f"+strconv.Itoa(i)), append(applicable, "a"+strconv.Itoa(i))
	}
	call := cost("ada", 1)
	call.Fidelity = genai.Fidelity{Applicable: applicable, Failed: failed}
	metrics := flushed(t, testMeter(t, cfg, sink), sink, call)
	require.Equal(t, 2*checksMax, metricNamed(t, metrics, genai.MetricFidelityChecks).Sum().DataPoints().Len())
}

func TestBoundsBelongToTheLowerBucket(t *testing.T) {
	sink := new(consumertest.MetricsSink)
	m := testMeter(t, createDefaultConfig().(*Config), sink)
	call := func(duration time.Duration) genai.Call {
		return genai.Call{Operation: genai.OperationChat, Start: epoch, Duration: duration}
	}
	metrics := flushed(t, m, sink, call(0), call(10*time.Millisecond), call(10*time.Millisecond+1),
		call(81920*time.Millisecond), call(81920*time.Millisecond+1))
	point := metricNamed(t, metrics, genai.MetricOperationDuration).Histogram().DataPoints().At(0)
	require.Equal(t, []uint64{2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, point.BucketCounts().AsRaw())
}

func BenchmarkConsumeTraces(b *testing.B) {
	m, err := newMeter(createDefaultConfig().(*Config), connectortest.NewNopSettings(componentType), consumertest.NewNop())
	require.NoError(b, err)
	calls := make([]genai.Call, 1000)
	for i := range calls {
		calls[i] = cost(fmt.Sprint("user-", i), 1000)
		calls[i].Start, calls[i].Duration = epoch, time.Second
		calls[i].Stream, calls[i].TimeToFirstChunk = true, time.Millisecond
		calls[i].Usage = genai.Usage{Input: genai.Known(1000), Output: genai.Known(100)}
		calls[i].Fidelity.Applicable = []string{"stream.done", "usage.present", "err.none", "finish.reason"}
	}
	traces := spansOf(calls...)
	spans := traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for i, span := range spans.All() { // calls delivered again are not recorded
			span.SetTraceID(pcommon.TraceID{1, byte(n >> 16), byte(n >> 8), byte(n)})
			span.SetSpanID(pcommon.SpanID{1, byte(i >> 8), byte(i)})
		}
		require.NoError(b, m.ConsumeTraces(b.Context(), traces))
		n++
	}
	b.ReportMetric(float64(n*len(calls))/b.Elapsed().Seconds(), "spans/s")
}
