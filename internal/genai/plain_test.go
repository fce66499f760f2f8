package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Claude Code's input lacks the cache's parts, however small they are.
func TestUsageOfClaudeCode(t *testing.T) {
	f := func(want Usage, counts map[string]any) {
		t.Helper()
		counts["gen_ai.system"], counts["gen_ai.request.model"] = "anthropic", "claude-sonnet-4-5"
		c, ok := readRaw(t, counts)
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	f(Usage{Input: Known(110), Output: Known(5), CacheRead: Known(10), CacheWrite: Known(0)},
		map[string]any{"input_tokens": 100, "output_tokens": 5, "cache_read_tokens": 10, "cache_creation_tokens": 0})
	f(Usage{Input: Known(120), CacheWrite: Known(20)}, map[string]any{"input_tokens": 100, "cache_creation_tokens": 20})
	f(Usage{Input: Known(100), Output: Known(5)}, map[string]any{"input_tokens": "100", "output_tokens": "5"})
	f(Usage{Input: Known(1000), CacheRead: Known(800)}, map[string]any{"gen_ai.usage.input_tokens": 1000, "cache_read_tokens": 800})
	f(Usage{Input: Known(7)}, map[string]any{"input_tokens": 100, "gen_ai.usage.input_tokens": 7})
	f(Usage{Input: Known(100), CacheRead: Known(80)}, map[string]any{ // an application's own beside an instrumentation's
		"input_tokens": 100, "gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 80,
	})
	for range 20 { // in any order
		f(Usage{Input: Known(100), CacheRead: Known(80)}, map[string]any{
			"input_tokens": 7, "gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.cache_read_input_tokens": 80,
		})
	}
}

func TestFastModeOfClaudeCode(t *testing.T) {
	f := func(want, speed string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"gen_ai.system": "anthropic", "gen_ai.request.model": "claude-opus-4-6", "speed": speed})
		require.True(t, ok)
		require.Equal(t, want, c.ServiceTier)
	}
	f("fast", "fast")
	f("", "normal")
}

// An application's own word for why a model stopped is no second choice beside that of an instrumentation.
func TestStopReasonInAPlainName(t *testing.T) {
	f := func(want []string, reasons map[string]any) {
		t.Helper()
		reasons["gen_ai.system"], reasons["gen_ai.request.model"] = "anthropic", "claude-sonnet-4-5"
		c, ok := readRaw(t, reasons)
		require.True(t, ok)
		require.Equal(t, want, c.FinishReasons)
	}
	f([]string{"end_turn"}, map[string]any{"stop_reason": "end_turn"})
	f([]string{"stop"}, map[string]any{"stop_reason": "end_turn", "gen_ai.completion.0.finish_reason": "stop"})
	f(nil, map[string]any{"stop_reason": ""})
}

func TestMillisecondsToTheFirstToken(t *testing.T) {
	for _, name := range []string{"ttft_ms", "copilot_chat.time_to_first_token", "trace.metadata.openrouter.first_token_ms"} {
		c, ok := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", name: 250})
		require.True(t, ok)
		require.Equal(t, 250*time.Millisecond, c.TimeToFirstChunk, name)
		require.True(t, c.Stream)
	}
}

// Of a live session each answer has a span, with an operation of its own.
func TestAnswerInALiveSessionOfPipecat(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.operation.name": "llm_response", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-realtime",
		"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, "metrics.ttfb": 0.25,
	})
	require.True(t, ok)
	require.Equal(t, Usage{Input: Known(100), Output: Known(50)}, c.Usage)
	require.Equal(t, 250*time.Millisecond, c.TimeToFirstChunk)
	for _, other := range []string{"llm_setup", "llm_request", "llm_tool_call"} {
		_, ok = readRaw(t, map[string]any{"gen_ai.operation.name": other, "gen_ai.provider.name": "openai", "gen_ai.request.model": "m"})
		require.False(t, ok, other)
	}
}

func TestUsageOfALiveSessionOfLiveKit(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
		"gen_ai.usage.input_text_tokens": 20, "gen_ai.usage.input_audio_tokens": 80, "gen_ai.usage.input_cached_tokens": 60,
		"gen_ai.usage.output_text_tokens": 10, "gen_ai.usage.output_audio_tokens": 40,
	})
	require.True(t, ok)
	require.Equal(t, Usage{
		Input: Known(100), Output: Known(50), CacheRead: Known(60), AudioInput: Known(80), AudioOutput: Known(40),
	}, c.Usage)
}

func TestCachesBelowTheInput(t *testing.T) {
	f := func(read, write string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100,
			"gen_ai.usage.input_tokens." + read: 30, "gen_ai.usage.input_tokens." + write: 20,
		})
		require.True(t, ok)
		require.Equal(t, Usage{Input: Known(100), CacheRead: Known(30), CacheWrite: Known(20)}, c.Usage)
	}
	f("cached", "cache_write")
	f("cache_read", "cache_creation")
}
