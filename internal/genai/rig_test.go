package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// rig has each count as the provider's API has it.
func TestUsageOfRig(t *testing.T) {
	f := func(want [2]int64, provider string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat_streaming", "gen_ai.provider.name": provider, "gen_ai.usage.tool_use_prompt_tokens": 0,
			"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.reasoning_tokens": 20,
			"gen_ai.usage.cache_read.input_tokens": 30, "gen_ai.usage.cache_creation.input_tokens": 10,
		})
		require.True(t, ok)
		require.Equal(t, want, [2]int64{c.Usage.Input.N, c.Usage.Output.N})
	}
	f([2]int64{140, 50}, "anthropic")
	f([2]int64{140, 50}, "aws_bedrock")
	f([2]int64{100, 70}, "gcp.gemini")
	f([2]int64{100, 50}, "openai")
}

// Without the reasoning nothing but the cost tells that a processor has read the span before.
func TestUsageOfRigWithoutReasoning(t *testing.T) {
	c := readScope(t, "", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.usage.tool_use_prompt_tokens": 0,
		"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.cache_read.input_tokens": 30,
	})
	require.Equal(t, Usage{Input: Known(130), Output: Known(50), CacheRead: Known(30)}, c.Usage)
}
