package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Ax has the tokens in an event. Of Gemini its output lacks the thoughts, which the total shows.
func TestReadAx(t *testing.T) {
	span := ptrace.NewSpan()
	span.SetName("AI Chat Request")
	require.NoError(t, span.Attributes().FromRaw(map[string]any{
		"gen_ai.system": "GoogleGeminiAI", "gen_ai.operation.name": "chat", "gen_ai.request.model": "gemini-2.5-flash",
		"gen_ai.request.llm_is_streaming": true,
	}))
	span.Events().AppendEmpty().SetName("gen_ai.user.message")
	for _, output := range []int{5, 40} {
		event := span.Events().AppendEmpty()
		event.SetName("gen_ai.usage")
		require.NoError(t, event.Attributes().FromRaw(map[string]any{
			"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": output, "gen_ai.usage.total_tokens": 120 + output + 10,
			"gen_ai.usage.thoughts_tokens": 10,
		}))
	}
	var c Call
	require.True(t, ReadSpan(span, &c))
	require.Equal(t, Usage{Input: Known(120), Output: Known(50), Reasoning: Known(10)}, c.Usage)
	require.True(t, c.Stream)
	require.Equal(t, "gcp.gemini", c.Provider)
	PutAccounting(&c, span)
	require.True(t, ReadSpan(span, &c))
	require.Equal(t, int64(50), c.Usage.Output.N)
}

func TestOtherNamesOfParts(t *testing.T) {
	c := readScope(t, "another", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.system": "anthropic", "gen_ai.usage.input_tokens": 900, "gen_ai.usage.output_tokens": 80,
		"gen_ai.usage.cache_read_tokens": 300, "gen_ai.usage.cache_creation_tokens": 100, "gen_ai.usage.output_reasoning_tokens": 20,
	})
	require.Equal(t, Usage{
		Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100), Reasoning: Known(20),
	}, c.Usage)
	c = readScope(t, "tracy", map[string]any{
		"gen_ai.operation.name": "generateContent", "gen_ai.system": "gemini", "gen_ai.request.model": "gemini-2.5-pro",
		"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.cached_content_token_count": 30,
		"gen_ai.usage.thoughts_token_count": 20,
	})
	require.Equal(t, Usage{Input: Known(100), Output: Known(70), CacheRead: Known(30), Reasoning: Known(20)}, c.Usage)
}
