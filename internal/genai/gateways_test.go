package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Where Envoy's gateway was asked in Anthropic's API it leaves the counts so. Of chats that it translates it makes wholes.
func TestUsageOfEnvoyInTheConventionsNames(t *testing.T) {
	f := func(want int64, provider, reason string) {
		t.Helper()
		span := ptrace.NewSpan()
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": "sonnet",
			"gen_ai.response.model": "claude-sonnet-4-5", "gen_ai.response.finish_reasons": []any{reason},
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80,
			"gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.cache_creation.input_tokens": 100,
		}))
		for range 2 { // once more as the processor leaves it to another one
			var c Call
			require.True(t, ReadSpanOf("envoyproxy/ai-gateway", span, &c))
			require.Equal(t, want, c.Usage.Input.N)
			c.Cost.Source = "price_book"
			PutAccounting(&c, span)
		}
	}
	f(900, "anthropic", "end_turn")
	f(900, "aws.anthropic", "tool_use")
	f(900, "aws.bedrock", "max_tokens")
	f(900, "gcp.anthropic", "end_turn")
	f(500, "openai", "end_turn")
	f(500, "anthropic", "stop")
	f(500, "aws.anthropic", "tool_calls")
	f(500, "gcp.anthropic", "length")
}
