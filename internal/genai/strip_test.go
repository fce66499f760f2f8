package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestStrippedSpansHoldNoContent(t *testing.T) {
	const word = "secret word"
	f := func(attributes map[string]any) {
		t.Helper()
		traces := ptrace.NewTraces()
		span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		require.NoError(t, span.Attributes().FromRaw(attributes))
		span.SetName(word)
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{2})
		span.TraceState().FromRaw(word)
		span.Status().SetCode(ptrace.StatusCodeError)
		span.Status().SetMessage(word)
		span.Events().AppendEmpty().Attributes().PutStr("gen_ai.prompt", word)
		span.Links().AppendEmpty().Attributes().PutStr("a", word)
		for name, text := range map[string]any{
			"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"` + word + `"}]}]`, "input.value": word,
			"llm.input_messages.0.message.content": word, "gen_ai.prompt.0.content": word, "traceloop.entity.input": word,
		} {
			span.Attributes().PutStr(name, text.(string))
		}
		requireSameStripped(t, span)
		Strip(span, new(Call))
		all, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
		require.NoError(t, err)
		require.NotContains(t, string(all), word)
	}
	f(map[string]any{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 7})
	f(map[string]any{"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 7})
	f(map[string]any{"gen_ai.operation.name": "invoke_agent"})
	f(map[string]any{"db.statement": word})
	f(map[string]any{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", AttrDuplicateOf: "0200000000000000"})
}

func TestSpansThatStayAsTheyAre(t *testing.T) {
	f := func(span ptrace.Span) {
		t.Helper()
		before := ptrace.NewSpan()
		span.CopyTo(before)
		Strip(span, new(Call))
		require.Equal(t, before, span)
	}
	tap, unrecorded := ptrace.NewSpan(), ptrace.NewSpan()
	PutSpan(&Call{Operation: OperationChat, Outcome: OutcomeOK, Content: &Content{Request: "{}", Response: "{}"}}, tap)
	f(tap)
	(&Unrecorded{Reason: "fault", Calls: 1, First: time.Unix(1, 0), Last: time.Unix(2, 0)}).Put(unrecorded, pcommon.TraceID{1}, pcommon.SpanID{2})
	f(unrecorded)
}

// A span that says that it went well has no error, whatever else it looks like.
func TestStrippedSpansKeepThatTheyWentWell(t *testing.T) {
	span := ptrace.NewSpan()
	require.NoError(t, span.Attributes().FromRaw(map[string]any{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "http.response.status_code": 404}))
	span.Status().SetCode(ptrace.StatusCodeOk)
	requireSameStripped(t, span)
}
