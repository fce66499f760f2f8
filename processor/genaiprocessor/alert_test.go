package genaiprocessor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/extension/genailedgerextension"
	"github.com/llmtap/llmtap/internal/genai"
)

// hostWith is a host that runs one extension.
type hostWith map[component.ID]component.Component

func (h hostWith) GetExtensions() map[component.ID]component.Component { return h }

// A loop and a budget that burns are told of by the very call that crosses the line: on its span, as a metric, and in the log.
func TestAlertsAreOnTheCallThatCrossesTheLine(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() { require.NoError(t, tel.Shutdown(t.Context())) }()
	core, written := observer.New(zap.WarnLevel)
	settings := tel.NewTelemetrySettings()
	settings.Logger = zap.New(core)
	factory, id := genailedgerextension.NewFactory(), component.MustNewID("gen_ai_ledger")
	ledgerConfig := factory.CreateDefaultConfig().(*genailedgerextension.Config)
	ledgerConfig.Budgets = []genailedgerextension.BudgetConfig{{Name: "daily", Scope: "user", Window: "day", USD: 16, Soft: 0.8, Action: "flag", Unpriced: "flag"}}
	ledger, err := factory.Create(t.Context(), extension.Settings{ID: id, TelemetrySettings: settings}, ledgerConfig)
	require.NoError(t, err)
	host := hostWith{id: ledger}
	require.NoError(t, ledger.Start(t.Context(), host))
	defer func() { require.NoError(t, ledger.Shutdown(t.Context())) }()

	cfg := createDefaultConfig().(*Config)
	cfg.Ledger = &id
	sink := new(consumertest.TracesSink)
	p, err := NewFactory().CreateTraces(t.Context(), processortest.NewNopSettings(componentType), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(t.Context(), host))
	defer func() { require.NoError(t, p.Shutdown(t.Context())) }()

	// at 2.50 dollars each the fourth burns 16 dollars a day 14.4 times too fast; the fifth equal tool call in a row is a loop
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range 5 {
		genai.PutSpan(&genai.Call{
			TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{byte(i + 1)}, Start: time.Now().Add(-time.Second), Duration: time.Millisecond,
			Operation: genai.OperationChat, Provider: "openai", RequestModel: "gpt-4o", Outcome: genai.OutcomeOK, ConversationID: "round", ToolCalls: 1,
			ToolCallHash: 42, PromptHash: uint64(i + 1), Caller: genai.Caller{UserID: "ada"}, Usage: genai.Usage{Input: genai.Known(1_000_000), Output: genai.Known(10)},
		}, spans.AppendEmpty())
	}
	require.NoError(t, p.ConsumeTraces(t.Context(), traces))

	var onSpans []string
	for _, span := range sink.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		kinds := ""
		for _, event := range span.Events().All() {
			require.Equal(t, "llmtap.alert", event.Name())
			kind, _ := event.Attributes().Get("llmtap.alert.kind")
			kinds += kind.Str() + " "
		}
		onSpans = append(onSpans, kinds)
	}
	require.Equal(t, []string{"", "", "", "burn_rate ", "loop "}, onSpans)
	counted, err := tel.GetMetric("llmtap_ledger_alerts")
	require.NoError(t, err)
	counts := map[string]int64{}
	for _, point := range counted.Data.(metricdata.Sum[int64]).DataPoints {
		kind, _ := point.Attributes.Value("kind")
		counts[kind.AsString()] = point.Value
	}
	require.Equal(t, map[string]int64{"burn_rate": 1, "loop": 1}, counts)
	var lines []string
	for _, line := range written.All() {
		lines = append(lines, line.Message)
	}
	require.Equal(t, []string{"ledger: burn_rate", "ledger: loop"}, lines)
}
