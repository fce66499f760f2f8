package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

// toolCalls are calls that offered tools; of each four one broke a promise, one is suspected, one can not be decided.
func toolCalls(upstream string, n int) (calls []genai.Call) {
	for i := range n {
		c := genai.Call{
			TraceID: pcommon.TraceID{1, byte(i)}, SpanID: pcommon.SpanID{1, byte(i), byte(len(upstream))}, Start: time.Now(),
			Operation: genai.OperationChat, Upstream: upstream, ResponseModel: "qwen", ServerVersion: "llama.cpp", ToolsOffered: 1,
			Outcome: genai.OutcomeOK,
		}
		applicable := []string{"tools.choice_required_violated", "tools.raw_markup", "usage.missing"}
		c.Fidelity.Applicable = applicable
		switch i % 4 {
		case 0:
			c.Fidelity.Failed = applicable[:1]
		case 1:
			c.Fidelity.Suspected = applicable[1:2]
		case 2:
			c.Fidelity.Applicable, c.Fidelity.Undecidable = nil, applicable
		}
		calls = append(calls, c)
	}
	return calls
}

func put(t *testing.T, address string, calls []genai.Call, unrecorded ...genai.Unrecorded) {
	t.Helper()
	factory := genaiclickhouseexporter.NewFactory()
	config := factory.CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	config.Endpoints = []string{address}
	config.TimeoutConfig.Timeout = 5 * time.Minute // a batch that fails while the exporter stops is not tried again
	config.Detection.Enabled = false               // its views would run beside what is tested, and take seconds to make
	traces, err := factory.CreateTraces(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, traces.Start(t.Context(), componenttest.NewNopHost()))
	batch := ptrace.NewTraces()
	spans := batch.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range calls {
		genai.PutSpan(&calls[i], spans.AppendEmpty())
	}
	for i, u := range unrecorded {
		u.Put(spans.AppendEmpty(), pcommon.TraceID{2}, pcommon.SpanID{2, byte(i), byte(u.Calls)})
	}
	require.NoError(t, traces.ConsumeTraces(t.Context(), batch))
	require.NoError(t, traces.Shutdown(context.WithoutCancel(t.Context())))
}

func TestScorecard(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	put(t, address, append(toolCalls("good", 3)[1:], toolCalls("bad", 8)...))
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-url", address, "-report", "scorecard", "-calls", "10"}, &out, &out))
	line := func(upstream, item string) string {
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, upstream) && strings.Contains(line, item) {
				return strings.Join(strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" │|\n", c) }), " ")
			}
		}
		return ""
	}
	require.Regexp(t, `^bad qwen llama.cpp tool calling 8 2 2 6 66.7 % tools.raw_markup 2, tools.choice_required_violated 2 \S{36}$`,
		line("bad", "tool calling"), out.String())
	require.Regexp(t, `^bad qwen llama.cpp token accounting 8 0 0 6 100 %$`, line("bad", "token accounting"))
	require.Regexp(t, `^good qwen llama.cpp tool calling 2 0 1 1 100 % tools.raw_markup 1$`, line("good", "tool calling"))
}

func TestScorecardLeavesTheTerminalAlone(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	calls := toolCalls("bad\x1b[2J", 1)
	calls[0].Fidelity = genai.Fidelity{Applicable: []string{"check\x1b[2J"}, Failed: []string{"check\x1b[2J"}}
	put(t, address, calls)
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-url", address, "-report", "scorecard", "-calls", "1"}, &out, &out))
	require.Contains(t, out.String(), "bad\uFFFD[2J")
	require.Contains(t, out.String(), "check\uFFFD[2J")
	require.NotContains(t, out.String(), "\x1b")
}

func TestUnknownReport(t *testing.T) {
	require.ErrorContains(t, run(t.Context(), []string{"-report", "x"}, io.Discard, io.Discard), "cost or scorecard")
}

// What a scorecard takes grows with what it tells, not with each check of each call: a month has many.
func TestScorecardOfManyCallsTakesLittleMemory(t *testing.T) {
	address := "http://" + clickhouseembeddedtest.Start(t)
	put(t, address, toolCalls("few", 1))
	checks, items := checkItems()
	ask := func(sql string) string {
		t.Helper()
		query := url.Values{"param_checks": {checks}, "param_items": {items}, "param_seconds": {"3600"}, "max_memory_usage": {"300000000"}, "database": {"llmtap"}}
		resp, err := http.Post(address+"/?"+query.Encode(), "text/plain", strings.NewReader(sql))
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode, string(answer))
		return string(answer)
	}
	ask(`INSERT INTO calls (ts, call_id, upstream, fidelity_applicable)
		SELECT now(), generateUUIDv4(), 'many', {checks:Array(String)} FROM numbers(40000) SETTINGS max_block_size = 4000, max_insert_block_size = 4000, min_insert_block_size_rows = 4000`)
	require.Regexp(t, `many .* token accounting +│ +40000 │`, ask(scorecardSQL))
}
