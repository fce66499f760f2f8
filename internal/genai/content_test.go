package genai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	outputMessages = `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"text","content":"Let me see."},` +
		`{"type":"tool_call","id":"a","name":"weather","arguments":{"city":"Ulm"}},` +
		`{"type":"tool_call","id":"b","name":"clock","arguments":"{}"}],"finish_reason":"tool_call"}]`
	inputMessages = `[{"role":"user","parts":[{"type":"text","content":"Hi"}]},` +
		`{"role":"assistant","parts":[{"type":"tool_call","id":"z","name":"clock","arguments":null}]},` +
		`{"role":"tool","parts":[{"type":"tool_call_response","id":"z","response":"12"}]}]`
	toolDefinitions = `[{"type":"function","name":"weather","parameters":{"type":"object"}},{"type":"function","name":"clock"}]`
)

func contentSpan(t *testing.T, structured bool) ptrace.Span {
	t.Helper()
	span := ptrace.NewSpan()
	for name, text := range map[string]string{
		AttrOutputMessages: outputMessages, AttrInputMessages: inputMessages, AttrToolDefinitions: toolDefinitions,
		AttrOutputType: "json",
	} {
		if !structured || name == AttrOutputType {
			span.Attributes().PutStr(name, text)
			continue
		}
		var raw []any
		require.NoError(t, json.Unmarshal([]byte(text), &raw))
		require.NoError(t, span.Attributes().PutEmptySlice(name).FromRaw(raw))
	}
	return span
}

// Content is the same whether its sender structured it or wrote it as JSON.
func TestReadContent(t *testing.T) {
	for _, structured := range []bool{false, true} {
		var c Call
		require.True(t, ReadContent(contentSpan(t, structured), &c))
		require.Equal(t, "json_object", c.ResponseFormat)
		require.Equal(t, &Detail{
			ChoiceCount: 1, PromptTextBytes: 4, TurnCallIDs: []string{"z"}, TurnResultIDs: []string{"z"},
			Tools: []Tool{{Name: "weather", Kind: "function", Schema: []byte(`{"type":"object"}`)}, {Name: "clock", Kind: "function"}},
			Choices: []Choice{{
				Text: "Let me see.", Reasoning: "Hm.", FinishReason: "tool_call",
				ToolCalls: []ToolCall{
					{ID: "a", Name: "weather", Kind: "function", Arguments: `{"city":"Ulm"}`},
					{ID: "b", Name: "clock", Kind: "function", Arguments: `{}`},
				},
			}},
		}, c.Detail)
	}
}

func TestContentThatIsNotThere(t *testing.T) {
	f := func(output string) {
		t.Helper()
		span := ptrace.NewSpan()
		span.Attributes().PutStr(AttrOutputMessages, output)
		var c Call
		require.False(t, ReadContent(span, &c))
		require.Nil(t, c.Detail)
	}
	f(``)
	f(`[]`)
	f(`{"role":"assistant"}`)
	f(`[{"role":`)
	f(`[{"role":"` + strings.Repeat("x", contentBytesMax) + `"}]`)
	require.False(t, ReadContent(ptrace.NewSpan(), &Call{}))
}

func TestContentWithoutToolsOrInput(t *testing.T) {
	span := ptrace.NewSpan()
	span.Attributes().PutStr(AttrOutputMessages, `[{"role":"assistant","parts":[]}]`)
	c := Call{FinishReasons: []string{"stop"}}
	require.True(t, ReadContent(span, &c))
	require.Equal(t, &Detail{
		ChoiceCount: 1, RequestUnknown: true, MoreTools: true, Choices: []Choice{{FinishReason: "stop", Other: true}},
	}, c.Detail)
}

// OpenLLMetry, LiteLLM and Laminar write tools as the request has them.
func TestToolsInTheFormOfAnAPI(t *testing.T) {
	f := func(definitions string, more bool, want ...Tool) {
		t.Helper()
		span := contentSpan(t, false)
		span.Attributes().PutStr(AttrToolDefinitions, definitions)
		var c Call
		require.True(t, ReadContent(span, &c))
		require.Equal(t, want, c.Detail.Tools)
		require.Equal(t, more, c.Detail.MoreTools)
	}
	weather := Tool{Name: "weather", Kind: "function", Schema: []byte(`{"type":"object"}`)}
	f(`[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]`, false, weather)
	f(`[{"name":"weather","input_schema":{"type":"object"}}]`, false, Tool{Name: "weather", Schema: []byte(`{"type":"object"}`)})
	f(`[{"functionDeclarations":[{"name":"weather"}]}]`, true)
	f(`[{"type":"web_search"},{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]`, true, weather)
}
