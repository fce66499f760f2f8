package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Names that contradict each other are read in one order.
func TestUsageDetailsAreReadInOneOrder(t *testing.T) {
	read := func() Usage {
		c, ok := readRaw(t, map[string]any{"langfuse.observation.type": "generation",
			"langfuse.observation.usage_details": `{"input":70,"input_cache_read":20,"input_cached_tokens":30,"output":50,"output_tokens":60}`})
		require.True(t, ok)
		return c.Usage
	}
	first := read()
	for range 30 {
		require.Equal(t, first, read())
	}
}

func TestUsageDetails(t *testing.T) {
	f := func(details string, want Usage) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"langfuse.observation.type": "generation", "langfuse.observation.usage_details": details})
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	whole := Usage{Input: Known(100), Output: Known(50), CacheRead: Known(30), Reasoning: Known(20)}
	f(`{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":30},"completion_tokens_details":{"reasoning_tokens":20}}`, whole)
	f(`{"input_tokens":100,"output_tokens":50,"input_tokens_details":{"cached_tokens":30},"output_tokens_details":{"reasoning_tokens":20}}`, whole)
	f(`{"input":70,"input_cached_tokens":30,"output":30,"output_reasoning":20,"total":150}`, whole)
	f(`{"input_tokens":70,"output_tokens":50,"cache_read_input_tokens":30,"cache_creation_input_tokens":0,"total":150}`,
		Usage{Input: Known(100), Output: Known(50), CacheRead: Known(30), CacheWrite: Known(0)})
	f(`{"input":7,"priority_input":3,"output":-1,"total":null}`, Usage{Input: Known(7)})
	// Of what LangChain tells, Langfuse takes each detail off the whole, whether it has a name for it or not.
	f(`{"input":45,"input_cache_read":25,"input_cache_creation":0,"input_ephemeral_5m_input_tokens":20,"input_ephemeral_1h_input_tokens":10,"output":50,"total":150}`,
		Usage{Input: Known(100), Output: Known(50), CacheRead: Known(25), CacheWrite: Known(30), CacheWriteLong: Known(10)})
	f(`{"input":40,"cache_read_input_tokens":30,"cache_creation_input_tokens":30,"cache_creation_ephemeral_5m_input_tokens":20,"cache_creation_ephemeral_1h_input_tokens":10,"output":50}`,
		Usage{Input: Known(100), Output: Known(50), CacheRead: Known(30), CacheWrite: Known(30), CacheWriteLong: Known(10)})
	f(`{"input":0,"input_flex":70,"input_flex_cache_read":30,"output":0,"output_flex":30,"output_flex_reasoning":20,"total":150}`, whole)
	f(`{"input":100,"input_priority":70,"input_priority_cache_read":30,"output":50,"output_priority":50,"total":150}`,
		Usage{Input: Known(100), Output: Known(50)})
	f(`{"input":0,"input_modality_TEXT":60,"input_modality_IMAGE":10,"cached_modality_TEXT":30,"output":0,"output_modality_TEXT":30,"thoughts_token_count":20,"total":150}`, whole)
	f(`{"input":70,"input_cached_tokens":30,"output":20,"output_reasoning_tokens":20,"output_accepted_prediction_tokens":7,"output_rejected_prediction_tokens":3}`, whole)
	const impossible = TokensMax + 1 // and no sum of such runs over
	f(`{"input":9223372036854775807,"input_audio":10,"output":1,"output_x":9223372036854775807}`,
		Usage{Input: Known(impossible + 10), Output: Known(impossible + 1), AudioInput: Known(10)})
	for _, nonsense := range []string{"", "[1]", `{"input":`, `{"input":"7"}`, `{"input":1.5}`} {
		f(nonsense, Usage{})
	}
	f(`{"input_tokens":9,"input_tokens_details":{"cached_tokens":5,"details":{"cached_tokens":7}}}`, Usage{Input: Known(9), CacheRead: Known(5)})
	padded := func(n int) string { return `{"input":7}` + strings.Repeat(" ", n-len(`{"input":7}`)) }
	f(padded(messagesBytesMax), Usage{Input: Known(7)})
	f(padded(messagesBytesMax+1), Usage{})
}

// LangSmith's details are parts of the whole.
func TestDetailsOfLangSmith(t *testing.T) {
	f := func(details string, want Usage) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"langsmith.span.kind": "llm", "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100,
			"gen_ai.usage.input_token_details": details,
		})
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	written := Usage{Input: Known(100), CacheRead: Known(30), CacheWrite: Known(30), CacheWriteLong: Known(10)}
	f(`{"cache_read":30,"cache_creation":0,"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10}`, written)
	f(`{'cache_read': 30, 'cache_creation': 30, 'ephemeral_5m_input_tokens': 20, 'ephemeral_1h_input_tokens': 10}`, written)
	f(`{"priority":70,"priority_cache_read":30}`, Usage{Input: Known(100), CacheRead: Known(30)})
}

// Langfuse's SDKs leave the status of a failed call's span unset.
func TestFailuresByLevel(t *testing.T) {
	for level, want := range map[string]string{"ERROR": errorOther, "WARNING": "", "DEFAULT": ""} {
		c, ok := readRaw(t, map[string]any{"langfuse.observation.type": "generation", "langfuse.observation.level": level})
		require.True(t, ok)
		require.Equal(t, want, c.ErrorType, level)
	}
}

// Langfuse's SDKs keep a message, of several answers a list, or the items of a response; LangChain's for Python has names of its own form.
func TestToolCallsOfLangfuse(t *testing.T) {
	f := func(output string, want ...string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"langfuse.observation.type": "generation", "langfuse.observation.output": output})
		require.True(t, ok)
		require.Equal(t, want, c.ToolNames)
		require.Len(t, want, c.ToolCalls)
	}
	const call = `{"id":"a","type":"function","function":{"name":"weather","arguments":"{}"}}`
	f(`{"role":"assistant","content":null,"tool_calls":[`+call+`,{"function":{"name":"clock","arguments":"{}"}}]}`, "weather", "clock")
	f(`[{"role":"assistant","tool_calls":[`+call+`]},{"role":"assistant","tool_calls":[`+call+`]}]`, "weather", "weather")
	f(`{"role":"assistant","content":"","tool_calls":[{"name":"weather","args":{},"id":"a","type":"tool_call"}]}`, "weather")
	f(`[{"type":"reasoning","summary":[]},{"type":"function_call","name":"weather","arguments":"{}"}]`, "weather")
	f(`{"type":"function_call","name":"weather","arguments":"{}"}`, "weather")
	for _, none := range []string{``, `say "tool_calls"`, `{"tool_calls":"x"}`, `{"tool_calls":null}`, `[[{"tool_calls":[]}]]`, `{"name":"weather"}`} {
		f(none)
	}
}

// The request's user is an attribute of its own in neither dialect.
func TestUserAmongTheParameters(t *testing.T) {
	f := func(want string, attributes map[string]any) {
		t.Helper()
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, want, c.Caller.Hint("llmtap.caller.body.parameters.user"))
	}
	f("ada", map[string]any{"openinference.span.kind": "LLM", "llm.invocation_parameters": `{"model":"m","user":"ada"}`})
	f("ada", map[string]any{"langfuse.observation.type": "generation", "langfuse.observation.model.parameters": `{"user":"ada"}`})
	f("", map[string]any{"openinference.span.kind": "LLM", "llm.invocation_parameters": `{"user":7}`})
	c, _ := readRaw(t, map[string]any{"openinference.span.kind": "LLM", "llm.invocation_parameters": `{"user":7,"stream":true}`})
	require.True(t, c.Stream)
}

func TestTextsOfFinishReasonsAndFlags(t *testing.T) {
	f := func(reasons any, want ...string) {
		t.Helper()
		c, _ := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "gen_ai.response.finish_reasons": reasons})
		require.Equal(t, want, c.FinishReasons)
	}
	f(`["stop", "tool-calls"]`, "stop", "tool_calls")
	f("stop, length", "stop", "length")
	f("stop", "stop")
	f([]any{"content-filter", "end_turn"}, "content_filter", "end_turn")
	f([]any{"tool_call"}, "tool_calls")
	for flag, want := range map[any]bool{"True": true, "true": true, true: true, "False": false, false: false, 1: false} {
		c, _ := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "llm.is_streaming": flag})
		require.Equal(t, want, c.Stream)
	}
	c, _ := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "gen_ai.client.operation.time_to_first_chunk": 0.25})
	require.True(t, c.Stream)
}

// OpenInference for JavaScript keeps the answer and, besides, the reason of its first choice.
func TestReasonsStandOnceForEachChoice(t *testing.T) {
	f := func(answer string, want ...string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"openinference.span.kind": "LLM", "llm.finish_reason": "length", "output.value": answer,
		})
		require.True(t, ok)
		require.Equal(t, want, c.FinishReasons)
	}
	f(`{"choices":[{"finish_reason":"length"}]}`, "length")
	f(`{"choices":[{"finish_reason":"length"},{"finish_reason":"stop"}]}`, "length", "stop")
	f(`{"id":"a"}`, "length")
	f("text of a stream", "length")
}

// Of the Agents SDK for JavaScript, OpenInference keeps a list of the one answer; for Python, one of messages, whose ids are other ones.
func TestAnswerInAList(t *testing.T) {
	f := func(answer, id, reason string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"openinference.span.kind": "LLM", "output.value": answer})
		require.True(t, ok)
		require.Equal(t, id, c.ResponseID)
		require.Equal(t, reason, strings.Join(c.FinishReasons, " "))
	}
	f(`[{"id":"chatcmpl-1","object":"chat.completion","choices":[{"finish_reason":"tool_calls"}]}]`, "chatcmpl-1", "tool_calls")
	f(`[{"id":"FAKE_ID","object":"chat.completion","choices":[{"finish_reason":"stop"}]}]`, "", "stop") // of a stream
	f(`[{"id":"msg_1","type":"message","role":"assistant"}]`, "", "")
	f(`[]`, "", "")
	f(`[[]]`, "", "")
}

// LangSmith guesses the provider from the model's name, and says langchain where it cannot.
func TestProviderThatLangSmithCannotGuess(t *testing.T) {
	f := func(want string, attributes map[string]any) {
		t.Helper()
		attributes["langsmith.span.kind"], attributes["gen_ai.operation.name"] = "llm", "chat"
		for range 20 { // in any order
			c, ok := readRaw(t, attributes)
			require.True(t, ok)
			require.Equal(t, want, c.Provider)
		}
	}
	f("openai", map[string]any{"gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "openai"})
	f("aws.bedrock", map[string]any{"gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "amazon_bedrock"})
	f("mistral_ai", map[string]any{"gen_ai.system": "mistral_ai", "langsmith.metadata.ls_provider": "openai"})
	f("langchain", map[string]any{"gen_ai.system": "langchain"})
}

// LangSmith's wrappers end the span of a call that failed well, after they recorded what was thrown.
func TestFailedCallOfLangSmith(t *testing.T) {
	f := func(want string, attributes map[string]any) {
		t.Helper()
		span := ptrace.NewSpan()
		attributes["gen_ai.operation.name"] = "chat"
		require.NoError(t, span.Attributes().FromRaw(attributes))
		span.Status().SetCode(ptrace.StatusCodeOk)
		event := span.Events().AppendEmpty()
		event.SetName("exception")
		event.Attributes().PutStr("exception.type", "Error")
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, want, c.ErrorType)
	}
	f("Error", map[string]any{"langsmith.span.kind": "llm", "gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "openai"})
	f("", map[string]any{"gen_ai.system": "openai"}) // an attempt that was repeated
}
