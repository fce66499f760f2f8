package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
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

// That of a chat which failed or was cancelled does not say how many calls it sums.
func TestSumOfTanStackThatFailedIsNoCall(t *testing.T) {
	f := func(want bool, kind ptrace.SpanKind, name string, status ptrace.StatusCode) {
		t.Helper()
		span := ptrace.NewSpan()
		span.SetKind(kind)
		span.SetName(name)
		span.Status().SetCode(status)
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"gen_ai.system": "openai", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
		}))
		var c Call
		require.Equal(t, want, ReadSpan(span, &c))
	}
	f(false, ptrace.SpanKindInternal, "chat gpt-5", ptrace.StatusCodeError)
	f(true, ptrace.SpanKindInternal, "chat gpt-5", ptrace.StatusCodeUnset)
	f(true, ptrace.SpanKindClient, "chat gpt-5", ptrace.StatusCodeError)
	f(true, ptrace.SpanKindInternal, "openai.chat", ptrace.StatusCodeError)
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
