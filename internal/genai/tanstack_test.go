package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TanStack AI has a span of each call in one of the chat, which sums their tokens.
func TestSumOfTanStackIsNoCall(t *testing.T) {
	attributes := map[string]any{
		"gen_ai.system": "openai", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
	}
	_, ok := readRaw(t, attributes)
	require.True(t, ok)
	attributes["tanstack.ai.iterations"] = 2
	_, ok = readRaw(t, attributes)
	require.False(t, ok)
}

func TestUsageOfTanStack(t *testing.T) {
	f := func(want Usage, provider, model string, output, reasoning, total int) {
		t.Helper()
		c := readScope(t, "", map[string]any{
			"gen_ai.system": provider, "gen_ai.operation.name": "chat", "gen_ai.request.model": model, "tanstack.ai.iteration": 0,
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": output, "gen_ai.usage.total_tokens": total,
			"gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.reasoning.output_tokens": reasoning,
		})
		require.Equal(t, want, c.Usage)
	}
	usage := Usage{Input: Known(800), Output: Known(80), CacheRead: Known(300), Reasoning: Known(0)}
	f(usage, "anthropic", "claude-sonnet-4-5", 80, 0, 580)
	usage.Input = Known(500)
	f(usage, "openai", "gpt-5", 80, 0, 580)
	usage.Output, usage.Reasoning = Known(100), Known(20)
	f(usage, "gemini", "gemini-2.5-pro", 80, 20, 600)
}
