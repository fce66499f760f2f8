package genai

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// The operations are not the conventions', of which there are spans of sigil and of agento11y.
func TestReadAgento11y(t *testing.T) {
	c := readScope(t, "github.com/grafana/sigil-sdk/go/sigil", map[string]any{
		"agento11y.generation.id": "gen-1", "agento11y.sdk.name": "sdk-go", "gen_ai.operation.name": "streamText",
		"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.response.model": "claude-sonnet-4-5",
		"gen_ai.response.id": "msg_1", "gen_ai.response.finish_reasons": []any{"end_turn"}, "gen_ai.usage.input_tokens": 900,
		"gen_ai.usage.output_tokens": 80, "gen_ai.usage.cache_read_input_tokens": 300, "gen_ai.usage.cache_write_input_tokens": 100,
		"gen_ai.token.semantics": "inclusive",
	})
	require.Equal(t, OperationChat, c.Operation)
	require.True(t, c.Stream)
	require.Equal(t, Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
}

// Before version 0.16 they did not say that the input has the caches in it, nor had it those of Anthropic.
func TestUsageOfAgento11y(t *testing.T) {
	f := func(want int64, other map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"gen_ai.operation.name": "generateText", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "m",
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80, "gen_ai.usage.cache_read_input_tokens": 300,
			"gen_ai.usage.cache_write_input_tokens": 100,
		}
		maps.Copy(attributes, other)
		c := readScope(t, "github.com/grafana/sigil/sdks", attributes)
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
	f(900, map[string]any{"sigil.sdk.name": "sdk-go"})
	f(900, map[string]any{"agento11y.sdk.name": "sdk-python"})
	f(500, map[string]any{"agento11y.sdk.name": "sdk-python", "agento11y.framework.run_id": "run"})
	f(500, map[string]any{"agento11y.sdk.name": "sdk-go", "gen_ai.provider.name": "openai"})
	f(500, map[string]any{"agento11y.sdk.name": "sdk-js", "gen_ai.provider.name": "anthropic"})
	f(900, map[string]any{"agento11y.sdk.name": "sdk-js", "gen_ai.provider.name": "openai-codex", "gen_ai.agent.name": "pi"})
	f(900, map[string]any{"agento11y.sdk.name": "sdk-js", "gen_ai.provider.name": "openai", "gen_ai.agent.name": "opencode:build"})
	f(500, map[string]any{
		"agento11y.sdk.name": "sdk-js", "gen_ai.provider.name": "openai", "gen_ai.agent.name": "pi", "gen_ai.token.semantics": "inclusive",
	})
}

// Gemini's thoughts were in the output of Python alone. A total shows them.
func TestThoughtsOfAgento11y(t *testing.T) {
	f := func(want int64, other map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"gen_ai.operation.name": "generateText", "gen_ai.provider.name": "gemini", "gen_ai.request.model": "gemini-2.5-pro",
			"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 40, "gen_ai.usage.reasoning_tokens": 10,
		}
		maps.Copy(attributes, other)
		c := readScope(t, "github.com/grafana/sigil/sdks", attributes)
		require.Equal(t, Usage{Input: Known(120), Output: Known(want), Reasoning: Known(10)}, c.Usage)
	}
	f(50, map[string]any{"agento11y.sdk.name": "sdk-go"})
	f(40, map[string]any{"agento11y.sdk.name": "sdk-python"})
	f(50, map[string]any{"agento11y.generation.id": "gen", "agento11y.gen_ai.usage.total_tokens": 170})
	f(40, map[string]any{"agento11y.generation.id": "gen", "agento11y.gen_ai.usage.total_tokens": 160})
}
