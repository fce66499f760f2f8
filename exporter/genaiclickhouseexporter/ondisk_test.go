package genaiclickhouseexporter

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/freeport"
)

// SDKs put prompts into their spans, of which no row has any: the disk has none either, however long the store is away.
func TestDiskHoldsNoPromptsOfSDKs(t *testing.T) {
	const prompt = "secret word"
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("process.command_line", "app --key "+prompt)
	scope := resource.ScopeSpans().AppendEmpty()
	scope.Scope().Attributes().PutStr("a", prompt)
	for i, operation := range []string{"chat", "invoke_agent"} {
		span := scope.Spans().AppendEmpty()
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{byte(i + 1)})
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"gen_ai.operation.name": operation, "gen_ai.request.model": "model-of-sdk", "gen_ai.usage.input_tokens": 7,
			"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"` + prompt + `"}]}]`,
		}))
		span.Events().AppendEmpty().Attributes().PutStr("gen_ai.prompt", prompt)
	}
	d := &disk{content: map[string][]byte{}}
	e := startOn(t, configFor("http://"+freeport.Address(t)), d)
	require.NoError(t, e.ConsumeTraces(t.Context(), traces))
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
	var all string
	for _, value := range d.content {
		all += string(value)
	}
	require.Contains(t, all, "model-of-sdk")
	require.NotContains(t, all, prompt)

	config, conn := newDatabase(t)
	require.NoError(t, newExporter(t, config).store.prepare(t.Context()))
	e = startOn(t, config, d)
	require.Eventually(t, func() bool {
		return ask(t, conn, "SELECT concat(any(model), ' ', toString(ifNull(sum(input_tokens), 0))) FROM %s.calls", config.Database) == "model-of-sdk 7"
	}, 30*time.Second, 20*time.Millisecond)
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
}
