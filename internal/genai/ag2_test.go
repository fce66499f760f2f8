package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// AG2 tells of each use of a model in a span of its own, too, beside that of the call. What it used in a call without a span stands there
// alone.
func TestUsageSpansOfAG2(t *testing.T) {
	f := func(want bool, kind string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"ag2.span.type": "usage", "ag2.usage.kind": kind, "gen_ai.provider.name": "openai", "gen_ai.response.model": "gpt-5",
			"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.thinking_tokens": 20,
			"ag2.usage.total_tokens": 150,
		})
		require.Equal(t, want, ok)
		if want {
			require.Equal(t, Usage{Input: Known(100), Output: Known(50), Reasoning: Known(20)}, c.Usage)
		}
	}
	f(false, "model_call")
	f(false, "subtask")
	f(true, "compaction")
	f(true, "aggregation")
}

// The names for parts that AG2, FutureAGI and Pydantic's gateway have.
func TestPlainNamesOfParts(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
		"gen_ai.usage.cache_read_tokens": 30, "gen_ai.usage.cache_write_tokens": 10, "gen_ai.usage.thinking_tokens": 20,
		"gen_ai.usage.input_audio_tokens": 40, "gen_ai.usage.cache_audio_read_tokens": 5,
	})
	require.True(t, ok)
	require.Equal(t, Usage{
		Input: Known(100), Output: Known(50), CacheRead: Known(30), CacheWrite: Known(10), Reasoning: Known(20),
		AudioInput: Known(40), AudioCacheRead: Known(5),
	}, c.Usage)
}
