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
