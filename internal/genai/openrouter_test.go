package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// OpenRouter broadcasts a span of a request, and within it spans of what it asked of each provider and of the answer, which say that
// they are chats, too.
func TestReadOpenRouter(t *testing.T) {
	f := func(want bool, name string, attributes map[string]any) (c Call) {
		t.Helper()
		span := ptrace.NewSpan()
		span.SetName(name)
		require.NoError(t, span.Attributes().FromRaw(attributes))
		require.Equal(t, want, ReadSpan(span, &c))
		return c
	}
	c := f(true, "LLM Generation", map[string]any{
		"span.type": "generation", "span.level": "DEFAULT", "gen_ai.operation.name": "chat", "gen_ai.system": "anthropic",
		"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "anthropic/claude-haiku-4.5",
		"gen_ai.response.model": "anthropic/claude-haiku-4.5", "gen_ai.response.id": "gen-1",
		"gen_ai.usage.input_tokens": 49820, "gen_ai.usage.output_tokens": 287, "gen_ai.usage.total_tokens": 50107,
		"gen_ai.usage.input_tokens.cached": 47889, "gen_ai.usage.input_tokens.cache_write": 25,
		"gen_ai.usage.input_tokens.cache_write_5m": 15, "gen_ai.usage.input_tokens.cache_write_1h": 10,
		"gen_ai.usage.input_tokens.audio": 7, "gen_ai.usage.output_tokens.image": 3, "gen_ai.usage.output_tokens.reasoning": 25,
		"gen_ai.response.finish_reasons": `["tool_calls"]`, "gen_ai.response.finish_reason": "tool_calls",
		"trace.metadata.openrouter.source": "openrouter", "trace.metadata.openrouter.first_token_ms": 1803.0, "trace.metadata.openrouter.provider_name": "Amazon Bedrock",
	})
	require.Equal(t, Usage{
		Input: Known(49820), Output: Known(287), CacheRead: Known(47889), CacheWrite: Known(25), CacheWriteLong: Known(10),
		Reasoning: Known(25), AudioInput: Known(7), ImageOutput: Known(3),
	}, c.Usage)
	require.Equal(t, []string{"tool_calls"}, c.FinishReasons)
	require.Equal(t, "openrouter.ai", c.ServerAddress)

	f(false, "generation", map[string]any{
		"span.type": "span", "span.level": "DEFAULT", "gen_ai.operation.name": "chat", "gen_ai.response.id": "gen-1:generation",
	})
	f(false, "provider attempt 1: Amazon Bedrock", map[string]any{
		"span.type": "span", "span.level": "DEFAULT", "span.metadata.attempt_index": 0, "span.metadata.status_code": 200,
		"gen_ai.operation.name": "chat", "gen_ai.response.id": "gen-1:attempt-0", "trace.metadata.openrouter.provider_name": "Amazon Bedrock",
	})
	require.Empty(t, f(true, "generation", map[string]any{"span.type": "span", "gen_ai.operation.name": "chat"}).ServerAddress)

	// Another's may have attributes of these names, and its model in other ones.
	f(true, "LLM", map[string]any{
		"span.type": "span", "span.level": "DEFAULT", "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "llm.token_count.prompt": 5,
	})
	f(true, "chat", map[string]any{
		"span.type": "span", "span.level": "DEFAULT", "gen_ai.operation.name": "chat", "gen_ai.response.model": "gpt-4o", "gen_ai.usage.input_tokens": 5,
	})
}
