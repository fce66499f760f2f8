package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Strands and others have finish reasons and tool calls in the events of conventions before v1.37 alone.
func TestChoicesInEvents(t *testing.T) {
	f := func(choices []map[string]any, reasons, tools []string) {
		t.Helper()
		span := ptrace.NewSpan()
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			AttrOperationName: "chat", "gen_ai.system": "openai", AttrRequestModel: "m",
		}))
		span.Events().AppendEmpty().SetName("gen_ai.user.message")
		for _, attributes := range choices {
			event := span.Events().AppendEmpty()
			event.SetName("gen_ai.choice")
			require.NoError(t, event.Attributes().FromRaw(attributes))
		}
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, reasons, c.FinishReasons)
		require.Equal(t, tools, c.ToolNames)
		require.Len(t, tools, c.ToolCalls)
	}
	f([]map[string]any{{"finish_reason": "toolUse", "message": `[{"text":"a"},{"type":"toolUse","name":"weather","toolUseId":"b","input":{}}]`}},
		[]string{"tool_use"}, []string{"weather"}) // Strands' in JavaScript
	f([]map[string]any{{"finish_reason": "tool_use", "message": `[{"text":"a"},{"toolUse":{"name":"weather","toolUseId":"b","input":{}}}]`}},
		[]string{"tool_use"}, []string{"weather"}) // in Python
	f([]map[string]any{
		{"index": 0, "finish_reason": "stop", "message": `{"role":"assistant","content":"a"}`},
		{"index": 1, "finish_reason": "length", "message": `{"role":"assistant"}`},
	}, []string{"stop", "length"}, nil)
	f([]map[string]any{{"finish_reason": "MAX_TOKENS"}}, []string{"MAX_TOKENS"}, nil)
	f([]map[string]any{{"message": `[{"name":"weather"}]`}, {"finish_reason": ""}}, nil, nil)
	const message = `[{"toolUse":{"name":"weather"}}]` // is read of one answer, as many as there may be
	f([]map[string]any{{"finish_reason": "", "message": message}, {"finish_reason": "tool_use", "message": message}, {"finish_reason": "", "message": message}},
		[]string{"tool_use"}, []string{"weather"})
}

// The conventions since v1.37 have them in the messages of an event, or of an attribute.
func TestChoicesInMessages(t *testing.T) {
	const messages = `[{"role":"assistant","parts":[{"type":"tool_call","name":"weather","id":"a","arguments":{}}],"finish_reason":"toolUse"}]`
	f := func(put func(ptrace.Span)) {
		t.Helper()
		span := ptrace.NewSpan()
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			AttrOperationName: "chat", AttrProviderName: "openai", AttrRequestModel: "m",
		}))
		put(span)
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, []string{"tool_use"}, c.FinishReasons)
		require.Equal(t, []string{"weather"}, c.ToolNames)
	}
	f(func(span ptrace.Span) { span.Attributes().PutStr(AttrOutputMessages, messages) })
	f(func(span ptrace.Span) {
		for _, name := range []string{AttrInputMessages, AttrOutputMessages} {
			event := span.Events().AppendEmpty()
			event.SetName("gen_ai.client.inference.operation.details")
			event.Attributes().PutStr(name, messages)
		}
	})
}

func TestChoicesInAttributesAndEvents(t *testing.T) {
	span := ptrace.NewSpan()
	require.NoError(t, span.Attributes().FromRaw(map[string]any{
		AttrOperationName: "chat", "gen_ai.system": "openai", AttrRequestModel: "m", AttrResponseFinishReasons: []any{"stop"},
		AttrOutputMessages: `[{"role":"assistant","parts":[],"finish_reason":"stop"}]`,
	}))
	event := span.Events().AppendEmpty()
	event.SetName("gen_ai.choice")
	event.Attributes().PutStr("finish_reason", "stop")
	var c Call
	require.True(t, ReadSpan(span, &c))
	require.Equal(t, []string{"stop"}, c.FinishReasons)
}

func TestMessagesInAttributeAndEventCountOnce(t *testing.T) {
	const messages = `[{"role":"assistant","parts":[{"type":"tool_call","name":"weather","id":"a","arguments":{}}]}]`
	span := ptrace.NewSpan()
	require.NoError(t, span.Attributes().FromRaw(map[string]any{AttrOperationName: "chat", AttrOutputMessages: messages}))
	event := span.Events().AppendEmpty()
	event.SetName("gen_ai.client.inference.operation.details")
	event.Attributes().PutStr(AttrOutputMessages, messages)
	var c Call
	require.True(t, ReadSpan(span, &c))
	require.Equal(t, []string{"weather"}, c.ToolNames)
}

// Only the member of another type is passed over.
func TestFinishReasonOfAnotherTypeAmongMessages(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		AttrOperationName:  "chat",
		AttrOutputMessages: `[{"role":"assistant","parts":[{"type":"tool_call","name":"weather"}],"finish_reason":["stop"]}]`,
	})
	require.True(t, ok)
	require.Equal(t, []string{"weather"}, c.ToolNames)
	require.Empty(t, c.FinishReasons)
}
