package genai

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// The ADK's spans lack what only the answer tells: in JavaScript the cache and the reasoning, which the output lacks too.
func TestUsageInTheAnswerOfTheADK(t *testing.T) {
	f := func(answer string, want Usage, more map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-flash",
			"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 317, "gcp.vertex.agent.llm_response": answer,
		}
		maps.Copy(attributes, more)
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	const javaScript = `{"content":{"role":"model","parts":[{"text":"It is sunny."}]},"usageMetadata":{"promptTokenCount":1200,` +
		`"candidatesTokenCount":317,"thoughtsTokenCount":32,"cachedContentTokenCount":1000,"totalTokenCount":1549},"finishReason":"STOP"}`
	const python = `{"content":{"role":"model","parts":[{"text":"It is sunny."}]},"usage_metadata":{"prompt_token_count":1200,` +
		`"candidates_token_count":317,"thoughts_token_count":32,"cached_content_token_count":1000,"total_token_count":1549}}`
	all := Usage{Input: Known(1200), Output: Known(349), CacheRead: Known(1000), Reasoning: Known(32)}
	f(javaScript, all, nil)
	f(python, all, nil)
	f(python, all, map[string]any{"gen_ai.usage.experimental.reasoning_tokens": 32})
	f(python, all, map[string]any{"gen_ai.usage.output_tokens": 349, "gen_ai.usage.reasoning.output_tokens": 32})
	for _, nothing := range []string{"", "{}", "[]", `{"usageMetadata":{"thoughtsTokenCount":-1}}`} {
		f(nothing, Usage{Input: Known(1200), Output: Known(317)}, nil)
	}
}

// Only the answer tells what tools it calls, in JavaScript and Python.
func TestToolCallsInTheAnswerOfTheADK(t *testing.T) {
	f := func(answer string, want ...string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-flash", "gcp.vertex.agent.llm_response": answer,
		})
		require.True(t, ok)
		require.Equal(t, want, c.ToolNames)
		require.Len(t, want, c.ToolCalls)
	}
	f(`{"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{}}},{"text":"a"},{"functionCall":{"name":"clock"}}]}}`,
		"weather", "clock")
	f(`{"content":{"role":"model","parts":[{"text":"a"},{"function_call":{"name":"weather","args":{}}}]},"usage_metadata":{}}`, "weather")
	f(`{"content":{"parts":[{"text":"a"}]}}`)
	f(`{"content":{}}`)
}

// OpenInference makes the span on which the ADK puts its answer, too, and says the same tool calls there.
func TestToolCallsThatTwoDialectsSayCountOnce(t *testing.T) {
	f := func(attributes map[string]any) {
		t.Helper()
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, []string{"weather"}, c.ToolNames)
		require.Equal(t, 1, c.ToolCalls)
	}
	f(map[string]any{
		"openinference.span.kind": "LLM", "gen_ai.system": "gcp.vertex.agent",
		"gcp.vertex.agent.llm_response":                                      `{"content":{"parts":[{"text":"a"},{"function_call":{"name":"weather"}}]}}`,
		"llm.output_messages.0.message.tool_calls.1.tool_call.function.name": "weather",
	})
	f(map[string]any{
		"langfuse.observation.type": "generation", "langfuse.observation.output": `{"tool_calls":[{"function":{"name":"weather"}}]}`,
		"gen_ai.completion.0.tool_calls.0.name": "weather",
	})
}
