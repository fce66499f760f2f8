package genaiprocessor

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

func TestShutdown(t *testing.T) {
	processortest.VerifyShutdown(t, NewFactory(), createDefaultConfig())
}

func TestBadConfigIsReportedAtStart(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Identity.User = []string{"nowhere"}
	cfg.Prices = append(cfg.Prices, cfg.Prices...)
	_, err := newAccountant(cfg, componenttest.NewNopTelemetrySettings())
	require.ErrorContains(t, err, `"nowhere" is no place`)
}

// A span without a time of its beginning would be stored as one of 1970, and dropped for its age.
func TestCallWithoutATimeIsDated(t *testing.T) {
	f := func(start, end pcommon.Timestamp) ptrace.Span {
		t.Helper()
		traces := ptrace.NewTraces()
		span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		genai.PutSpan(&genai.Call{Operation: genai.OperationChat}, span)
		span.SetStartTimestamp(start)
		span.SetEndTimestamp(end)
		out := process(t, createDefaultConfig().(*Config), traces)
		return out.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	}
	const began, ended = 1_793_491_200e9, 1_793_491_201e9
	span := f(began, ended)
	require.Equal(t, []pcommon.Timestamp{began, ended}, []pcommon.Timestamp{span.StartTimestamp(), span.EndTimestamp()})
	span = f(began, 0)
	require.Equal(t, []pcommon.Timestamp{began, 0}, []pcommon.Timestamp{span.StartTimestamp(), span.EndTimestamp()})
	for _, none := range []pcommon.Timestamp{0, math.MaxInt64 + 1, math.MaxUint64} {
		span = f(none, ended)
		require.Equal(t, []pcommon.Timestamp{ended, ended}, []pcommon.Timestamp{span.StartTimestamp(), span.EndTimestamp()})
		span = f(none, none)
		require.WithinDuration(t, time.Now(), span.StartTimestamp().AsTime(), time.Minute)
		require.Equal(t, span.StartTimestamp(), span.EndTimestamp())
	}
}

// bill adds up a batch by user, model, and in all, in what spans carry.
func bill(t *testing.T, traces ptrace.Traces) (byUser, byModel map[string]genai.NanoUSD, total genai.NanoUSD) {
	t.Helper()
	byUser, byModel = make(map[string]genai.NanoUSD), make(map[string]genai.NanoUSD)
	for _, span := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		var call genai.Call
		require.True(t, genai.ReadSpan(span, &call))
		require.True(t, call.Cost.Known)
		byUser[call.Caller.UserID] += call.Cost.Amount
		byModel[call.RequestModel] += call.Cost.Amount
		total += call.Cost.Amount
	}
	return byUser, byModel, total
}

// The sums over users and over models equal the total, and the sum of what was decided, to the last nano-dollar.
func TestSumsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	models := []string{"gpt-4o-mini", "gpt-4.1-nano", "claude-haiku-4-5", "gemini-2.5-flash", "o3", "gpt-5-nano"}
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	cfg := createDefaultConfig().(*Config)
	prices, err := newPrice(cfg, func(string) {})
	require.NoError(t, err)
	var want genai.NanoUSD
	for range 5000 {
		call := genai.Call{
			Operation: genai.OperationChat, RequestModel: models[r.IntN(len(models))], Start: time.Unix(1_793_491_200, 0),
			Caller: genai.Caller{Hints: []genai.Hint{
				{Attribute: genai.AttrCallerHeaderPrefix + "x-llmtap-user", Value: fmt.Sprint("user-", r.IntN(50))},
			}},
		}
		input, output := r.Int64N(300_000), r.Int64N(10_000)
		call.Usage = genai.Usage{
			Input: genai.Known(input), CacheRead: genai.Known(r.Int64N(input + 1)),
			Output: genai.Known(output), Reasoning: genai.Known(r.Int64N(output + 1)),
		}
		genai.PutSpan(&call, spans.AppendEmpty())
		prices.apply(&call, &origin{})
		want += call.Cost.Amount
	}
	byUser, byModel, total := bill(t, process(t, cfg, traces))
	sum := func(parts map[string]genai.NanoUSD) (sum genai.NanoUSD) {
		for _, part := range parts {
			sum += part
		}
		return sum
	}
	require.Equal(t, want, total)
	require.Len(t, byUser, 50)
	require.Equal(t, total, sum(byUser))
	require.Len(t, byModel, len(models))
	require.Equal(t, total, sum(byModel))
}

func TestWhatCouldNotBeDoneIsCounted(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	a, err := newAccountant(createDefaultConfig().(*Config), tel.NewTelemetrySettings())
	require.NoError(t, err)
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	add := func(model, user string, usage genai.Usage) {
		call := genai.Call{Operation: genai.OperationChat, RequestModel: model, Usage: usage, Caller: genai.Caller{UserID: user}}
		genai.PutSpan(&call, spans.AppendEmpty())
	}
	used := genai.Usage{Input: genai.Known(1), Output: genai.Known(1)}
	add("gpt-4o", "ada", used)
	add("own", "ada", used)
	add("own", strings.Repeat("x", identityBytesMax+1), used)
	add("gpt-4o", "ada", genai.Usage{})
	used.HostedTools = true
	add("gpt-4o", "ada", used)
	_, err = a.processTraces(t.Context(), traces)
	require.NoError(t, err)

	expect := func(name string, points ...metricdata.DataPoint[int64]) {
		t.Helper()
		got, err := tel.GetMetric(name)
		require.NoError(t, err)
		metricdatatest.AssertAggregationsEqual(t,
			metricdata.Sum[int64]{DataPoints: points, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true},
			got.Data, metricdatatest.IgnoreTimestamp())
	}
	reason := func(reason string, n int64) metricdata.DataPoint[int64] {
		return metricdata.DataPoint[int64]{Attributes: attribute.NewSet(attribute.String("reason", reason)), Value: n}
	}
	expect("llmtap_unpriced_calls", reason("no_price", 2), reason("no_usage", 1), reason("out_of_range", 0),
		reason("hosted_tools", 1), reason("hourly", 0))
	expect("llmtap_identity_cuts", metricdata.DataPoint[int64]{Value: 1})
	expect("llmtap_duplicate_spans", metricdata.DataPoint[int64]{})
	expect("llmtap_expression_failures", metricdata.DataPoint[int64]{})
}

func TestFailingExpressionsSayNothingAndAreCounted(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	cfg := createDefaultConfig().(*Config)
	cfg.Identity.User = []string{`ottl:Hour(span.attributes["y"])`, "ottl:span.attributes", "attribute:user.id"}
	a, err := newAccountant(cfg, tel.NewTelemetrySettings())
	require.NoError(t, err)
	traces := ptrace.NewTraces()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	genai.PutSpan(&genai.Call{Operation: genai.OperationChat, Caller: genai.Caller{UserID: "ada"}}, span)
	_, err = a.processTraces(t.Context(), traces)
	require.NoError(t, err)
	var call genai.Call
	require.True(t, genai.ReadSpan(span, &call))
	require.Equal(t, "ada", call.Caller.UserID)
	got, err := tel.GetMetric("llmtap_expression_failures")
	require.NoError(t, err)
	metricdatatest.AssertAggregationsEqual(t, metricdata.Sum[int64]{
		DataPoints: []metricdata.DataPoint[int64]{{Value: 2}}, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true,
	}, got.Data, metricdatatest.IgnoreTimestamp())
}

func TestBadConditionIsNamedAtStart(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	free := 0.0
	cfg.Prices = []pricebook.Price{{Model: []string{"*"}, When: `span.attributes["x"] = 1`, PerCall: &free}}
	_, err := newAccountant(cfg, componenttest.NewNopTelemetrySettings())
	require.ErrorContains(t, err, `when: "span.attributes[\"x\"] = 1" is no OTTL condition`)
}

// tapSpan is a span as the tap sends it for a chat call.
func tapSpan(span ptrace.Span, n int) {
	user := fmt.Sprint("user-", n)
	id := binary.BigEndian.AppendUint64(nil, uint64(n+1))
	genai.PutSpan(&genai.Call{
		TraceID: pcommon.TraceID(append(id, id...)), SpanID: pcommon.SpanID(id), ParentSpanID: pcommon.SpanID{1}, Start: time.Unix(1_793_491_200, 0), Duration: time.Second,
		Caller: genai.Caller{KeyHash: "00112233445566ff", Hints: []genai.Hint{
			{Attribute: genai.AttrCallerHeaderPrefix + "x-llmtap-user", Value: user},
			{Attribute: genai.AttrCallerHeaderPrefix + "x-llmtap-team", Value: "core"},
		}},
		Operation: genai.OperationChat, Provider: "openai", APIType: "chat_completions", Upstream: "vllm",
		ServerAddress: "10.0.0.1", ServerPort: 8000, RequestModel: "gpt-4o-mini", ResponseModel: "gpt-4o-mini-2024-07-18",
		Stream: true, HTTPStatus: 200, Outcome: genai.OutcomeOK, FinishReasons: []string{"stop"}, ResponseID: "chatcmpl-" + user,
		TimeToFirstChunk: time.Millisecond, MaxGap: time.Millisecond, Chunks: 17, TapOverhead: time.Microsecond,
		Usage: genai.Usage{
			Input: genai.Known(1000), Output: genai.Known(100), CacheRead: genai.Known(600), Reasoning: genai.Known(7),
			Source: genai.UsageReported,
		},
		History: &genai.History{
			Answers: 1, Root: uint64(n), Whole: uint64(n) + 1<<40, Tail: uint64(n) + 1<<41,
			Wholes: []uint64{uint64(n)}, Tails: []uint64{uint64(n) + 1<<42},
		},
		PromptHash: 1, PromptVersion: 2, Turn: 3, RequestBytes: 1000, ResponseBytes: 2000,
		Fidelity: genai.Fidelity{Applicable: []string{"stream.done", "usage.present", "err.none", "finish.reason"}},
	}, span)
}

// What a span needs does not depend on how many users there are.
func TestAllocationsOfASpan(t *testing.T) {
	const batch, batches, most = 100, 20, 11
	a, err := newAccountant(createDefaultConfig().(*Config), componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	traces := make([]ptrace.Traces, batches)
	for i := range traces {
		traces[i] = ptrace.NewTraces()
		spans := traces[i].ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for j := range batch {
			tapSpan(spans.AppendEmpty(), i*batch+j)
		}
	}
	next := 0
	allocations := testing.AllocsPerRun(batches-1, func() {
		_, err := a.processTraces(t.Context(), traces[next])
		require.NoError(t, err)
		next++
	})
	require.LessOrEqual(t, allocations/batch, float64(most))
}

func BenchmarkProcessTraces(b *testing.B) {
	const batch, users = 512, 100_000
	cfg := createDefaultConfig().(*Config)
	cfg.Identity.Keys = []KeyConfig{{Hash: "00112233445566ff", App: "batch"}}
	a, err := newAccountant(cfg, componenttest.NewNopTelemetrySettings())
	require.NoError(b, err)
	b.ReportAllocs()
	var n int
	for b.Loop() {
		b.StopTimer()
		traces := ptrace.NewTraces()
		spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for range batch {
			tapSpan(spans.AppendEmpty(), n%users)
			n++
		}
		b.StartTimer()
		_, err = a.processTraces(b.Context(), traces)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "spans/s")
	b.ReportMetric(0, "ns/op")
}

// A resource may have as many attributes as a request has room for, and as long ones, and as many spans: each of these is looked up and
// shortened once, not for each span.
func TestResourceIsReadOnce(t *testing.T) {
	const spans, bytes, timesMax = 200, 1 << 20, 100 // the processor's own memory among them
	f := func(put func(pcommon.Map)) {
		t.Helper()
		traces := ptrace.NewTraces()
		resource := traces.ResourceSpans().AppendEmpty()
		put(resource.Resource().Attributes())
		list := resource.ScopeSpans().AppendEmpty().Spans()
		for i := range spans {
			genai.PutSpan(&genai.Call{Operation: genai.OperationChat, TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{byte(i + 1)}}, list.AppendEmpty())
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		process(t, createDefaultConfig().(*Config), traces)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(timesMax*bytes))
	}
	f(func(attributes pcommon.Map) {
		attributes.PutEmptySlice(genai.AttrServiceName).AppendEmpty().SetStr(strings.Repeat("a", bytes))
	})
	f(func(attributes pcommon.Map) {
		attributes.PutStr(genai.AttrServiceName, strings.Repeat("a\xff", bytes/2))
	})
}
