package genaiprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/connector/genaimetricsconnector"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

// mixedBatch has calls of the tap and of SDKs, of many users, models, hours and conversations; some have no price, no
// usage or no conversation, some come twice as the spans of tap and SDK.
func mixedBatch(r *rand.Rand, batch int) ptrace.Traces {
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	models := []string{"gpt-4o-mini", "gpt-4.1-nano", "claude-haiku-4-5", "gemini-2.5-flash", "own-model", "o3"}
	for i := range 500 {
		input, output := r.Int64N(300_000), r.Int64N(10_000)
		hash := r.Uint64N(400) + 1
		call := genai.Call{
			TraceID: pcommon.TraceID{byte(batch + 1), byte(i), byte(i >> 8)}, SpanID: pcommon.SpanID{byte(batch + 1), byte(i), byte(i >> 8)},
			ParentSpanID: pcommon.SpanID{99}, Operation: genai.OperationChat, Outcome: genai.OutcomeOK, RequestModel: models[r.IntN(len(models))],
			Start:    time.Unix(1_793_491_200, 0).Add(time.Duration(r.Int64N(int64(30 * time.Hour)))),
			Duration: time.Duration(r.Int64N(int64(time.Minute))),
			Caller: genai.Caller{Hints: []genai.Hint{
				{Attribute: genai.AttrCallerHeaderPrefix + "x-llmtap-user", Value: fmt.Sprint("user-", r.IntN(20))},
			}},
			Usage: genai.Usage{
				Input: genai.Known(input), CacheRead: genai.Known(r.Int64N(input + 1)),
				Output: genai.Known(output), Reasoning: genai.Known(r.Int64N(output + 1)),
			},
			History: &genai.History{Root: hash, Whole: hash, Tail: hash + 1000},
		}
		if i%50 == 0 {
			call.Usage, call.History = genai.Usage{}, nil
		}
		genai.PutSpan(&call, spans.AppendEmpty())
		if i%3 == 0 { // an SDK sends its span around the tap's
			call.SpanID, call.ParentSpanID, call.Outcome, call.History = pcommon.SpanID{99}, pcommon.SpanID{}, "", nil
			genai.PutSpan(&call, spans.AppendEmpty())
		}
	}
	return traces
}

// groups are the ways to add up costs.
var groups = map[string]func(*genai.Call) string{
	"total":           func(*genai.Call) string { return "" },
	"user_id":         func(c *genai.Call) string { return c.Caller.UserID },
	"model":           func(c *genai.Call) string { return c.RequestModel },
	"hour":            func(c *genai.Call) string { return fmt.Sprint(c.Start.Unix() / 3600) },
	"conversation_id": func(c *genai.Call) string { return c.DerivedConversationID },
}

// Spans, metrics, calls and cost_1h agree to the last decimal, in total and in every group.
func TestSumsAgreeEverywhere(t *testing.T) {
	address := clickhouseembeddedtest.Start(t)
	factory := genaiclickhouseexporter.NewFactory()
	config := factory.CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	config.Endpoints = []string{"http://" + address}
	config.TTL = genaiclickhouseexporter.TTLConfig{} // the calls are of fixed days
	config.TimeoutConfig.Timeout = 5 * time.Minute   // a batch that fails while the exporter stops is not tried again
	config.Detection.Enabled = false                 // its views take seconds to make
	store, err := factory.CreateTraces(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, store.Start(t.Context(), componenttest.NewNopHost()))
	metrics := new(consumertest.MetricsSink)
	meters := genaimetricsconnector.NewFactory()
	meter, err := meters.CreateTracesToMetrics(t.Context(), connectortest.NewNopSettings(meters.Type()), meters.CreateDefaultConfig(), metrics)
	require.NoError(t, err)
	require.NoError(t, meter.Start(t.Context(), componenttest.NewNopHost()))
	a, err := newAccountant(createDefaultConfig().(*Config), componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)

	inSpans := make(map[string]map[string]genai.NanoUSD)
	for group := range groups {
		inSpans[group] = make(map[string]genai.NanoUSD)
	}
	var calls int
	r := rand.New(rand.NewPCG(11, 12))
	for batch := range 6 {
		traces, err := a.processTraces(t.Context(), mixedBatch(r, batch))
		require.NoError(t, err)
		for _, span := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
			var call genai.Call
			if !genai.ReadSpan(span, &call) {
				continue
			}
			calls++
			for group, key := range groups {
				inSpans[group][key(&call)] += call.Cost.Amount
			}
		}
		require.NoError(t, meter.ConsumeTraces(t.Context(), traces))
		require.NoError(t, store.ConsumeTraces(t.Context(), traces))
	}
	require.Equal(t, 3000, calls, "each call counts once")
	require.NoError(t, store.Shutdown(context.WithoutCancel(t.Context())))
	require.NoError(t, meter.Shutdown(context.WithoutCancel(t.Context())))
	for _, group := range []string{"user_id", "model", "hour", "conversation_id"} {
		require.Greater(t, len(inSpans[group]), 5, group)
		var sum genai.NanoUSD
		for _, part := range inSpans[group] {
			sum += part
		}
		require.Equal(t, inSpans["total"][""], sum, group)
	}

	last := metrics.AllMetrics()[len(metrics.AllMetrics())-1]
	require.Equal(t, inSpans["total"], metered(last, ""))
	require.Equal(t, nonZero(inSpans["user_id"]), metered(last, "user"))
	require.Equal(t, nonZero(inSpans["model"]), metered(last, "model"))

	conn := clickhouseembeddedtest.Connect(t, address)
	for table, columns := range map[string]map[string]string{
		"calls": {
			"total": "''", "user_id": "user_id", "model": "model", "conversation_id": "conversation_id",
			"hour": "toString(intDiv(toUnixTimestamp(toStartOfHour(ts)), 3600))",
		},
		"cost_1h": {"total": "''", "user_id": "user_id", "model": "model", "hour": "toString(intDiv(toUnixTimestamp(t), 3600))"},
	} {
		for group, column := range columns {
			require.Equal(t, inSpans[group], summed(t, conn, column, table), table+" "+group)
		}
	}
}

// nonZero leaves out what has cost nothing: a counter has no point for it.
func nonZero(sums map[string]genai.NanoUSD) map[string]genai.NanoUSD {
	out := make(map[string]genai.NanoUSD)
	for key, sum := range sums {
		if sum != 0 {
			out[key] = sum
		}
	}
	return out
}

// metered adds up llmtap.cost by one label.
func metered(metrics pmetric.Metrics, label string) map[string]genai.NanoUSD {
	sums := make(map[string]genai.NanoUSD)
	for _, metric := range metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		if metric.Name() != genai.MetricCost {
			continue
		}
		for _, point := range metric.Sum().DataPoints().All() {
			sums[text(point.Attributes(), label)] += genai.NanoUSDFrom(point.DoubleValue())
		}
	}
	return sums
}

// summed adds up cost_usd of a table by a column.
func summed(t *testing.T, conn driver.Conn, column, table string) map[string]genai.NanoUSD {
	t.Helper()
	rows, err := conn.Query(t.Context(), fmt.Sprintf(
		"SELECT %s AS k, ifNull(sum(cost_usd), toDecimal128(0, 9)) FROM llmtap.%s GROUP BY k", column, table))
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	sums := make(map[string]genai.NanoUSD)
	for rows.Next() {
		var key string
		var sum decimal.Decimal
		require.NoError(t, rows.Scan(&key, &sum))
		sums[key] = genai.NanoUSD(sum.Shift(9).IntPart())
	}
	require.NoError(t, rows.Err())
	return sums
}
