package genai

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Strands for JavaScript says the service's name for a provider, which is Strands' own unless the application has one.
func TestUsageOfStrandsInJavaScript(t *testing.T) {
	f := func(want int64, name, scope, system string) {
		t.Helper()
		span := ptrace.NewSpan()
		span.SetName(name)
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.system": system, "gen_ai.request.model": "claude-sonnet-4-5",
			"gen_ai.usage.prompt_tokens": 500, "gen_ai.usage.input_tokens": 500, "gen_ai.usage.completion_tokens": 80,
			"gen_ai.usage.output_tokens": 80, "gen_ai.usage.total_tokens": 580, "gen_ai.usage.cache_read_input_tokens": 300,
		}))
		var c Call
		require.True(t, ReadSpanOf(scope, span, &c))
		require.Equal(t, want, c.Usage.Input.N)
		PutAccounting(&c, span)
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, want, c.Usage.Input.N)
	}
	f(800, "chat", "strands-agents", "strands-agents")
	f(800, "chat", "travel-agent", "travel-agent")
	f(500, "chat", "travel-agent", "anthropic")
	f(500, "chat claude-sonnet-4-5", "anthropic", "anthropic")
}

// Later versions of Strands add the caches themselves, and have the conventions' names for them.
func TestUsageOfLaterStrands(t *testing.T) {
	for _, scope := range []string{"strands.telemetry.tracer", "strands-agents"} {
		span := ptrace.NewSpan()
		span.SetName("chat")
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents", "gen_ai.request.model": "claude-sonnet-4-5",
			"gen_ai.usage.prompt_tokens": 900, "gen_ai.usage.input_tokens": 900, "gen_ai.usage.completion_tokens": 80,
			"gen_ai.usage.output_tokens": 80, "gen_ai.usage.total_tokens": 980, "gen_ai.usage.cache_read.input_tokens": 300,
			"gen_ai.usage.cache_read_input_tokens": 300, "gen_ai.usage.cache_creation.input_tokens": 100,
			"gen_ai.usage.cache_write_input_tokens": 100,
		}))
		var c Call
		require.True(t, ReadSpanOf(scope, span, &c))
		require.Equal(t, Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
}

// AgentScope has names of its own for the caches, which Anthropic's input alone lacks.
func TestUsageOfAgentScope(t *testing.T) {
	f := func(want int64, provider string) {
		t.Helper()
		c := readScope(t, "agentscope", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 500,
			"gen_ai.usage.output_tokens": 80, "agentscope.usage.cache_input_tokens": 300,
			"agentscope.usage.cache_creation_input_tokens": 100, "gen_ai.response.finish_reasons": `["stop"]`,
		})
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
		require.Equal(t, []string{"stop"}, c.FinishReasons)
	}
	f(900, "anthropic")
	f(500, "openai")
	f(500, "dashscope")
	f(500, "aws.bedrock") // in OpenAI's API
}

// VeADK says what was read of the cache once more, as written to it; it was in the input three times.
func TestUsageOfVeADK(t *testing.T) {
	c := readScope(t, "veadk", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.span.kind": "llm", "gen_ai.system": "openai", "gen_ai.request.model": "doubao-seed-1-6",
		"gen_ai.response.model": "doubao-seed-1-6", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 80,
		"gen_ai.usage.total_tokens": 1080, "gen_ai.usage.cache_creation_input_tokens": 800, "gen_ai.usage.cache_read_input_tokens": 800,
		"gen_ai.response.finish_reason": "<no_finish_reason_provided>", "gen_ai.is_streaming": true, "cozeloop.report.source": "veadk",
	})
	require.Equal(t, Usage{Input: Known(1000), Output: Known(80), CacheRead: Known(800)}, c.Usage)
	require.Empty(t, c.FinishReasons)
}

// ReqLLM, for Elixir, leaves counts as each API has them.
func TestUsageOfReqLLM(t *testing.T) {
	f := func(want [2]int64, provider, model string) {
		t.Helper()
		c := readScope(t, "req_llm", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80, "gen_ai.usage.cache_read.input_tokens": 300,
			"gen_ai.usage.cache_creation.input_tokens": 100, "gen_ai.usage.reasoning.output_tokens": 20, "gen_ai.usage.cost": 0.01,
		})
		require.Equal(t, want, [2]int64{c.Usage.Input.N, c.Usage.Output.N})
	}
	f([2]int64{900, 80}, "anthropic", "claude-sonnet-4-5")
	f([2]int64{900, 80}, "aws.bedrock", "anthropic.claude-sonnet-4-5")
	f([2]int64{900, 80}, "gcp.vertex_ai", "claude-sonnet-4-5")
	f([2]int64{500, 100}, "gcp.gen_ai", "gemini-2.5-pro")
	f([2]int64{500, 100}, "gcp.vertex_ai", "gemini-2.5-pro")
	f([2]int64{500, 80}, "openai", "gpt-5")
}

// Qwen Code has the reasoning in a plain name. The output of Google's API lacks it, that of others does not.
func TestReasoningOfQwenCode(t *testing.T) {
	f := func(want Usage, provider, model string) {
		t.Helper()
		c := readScope(t, "qwen-code", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
			"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.cache_read.input_tokens": 300,
			"thoughts_token_count": 20, "ttft_ms": 250, "duration_ms": 900, "success": true,
		})
		require.Equal(t, want, c.Usage)
		require.True(t, c.Stream)
	}
	whole := Usage{Input: Known(1000), Output: Known(50), CacheRead: Known(300), Reasoning: Known(20)}
	f(whole, "dashscope", "qwen3-coder-plus")
	f(whole, "anthropic", "claude-sonnet-4-5")
	google := whole
	google.Output = Known(70)
	f(google, "gcp.gemini", "gemini-2.5-pro")
	f(google, "gcp.vertex_ai", "gemini-2.5-pro")
}

// hermes-otel has a chat for the turn, too. Stores read spans without a scope.
func TestReadHermes(t *testing.T) {
	f := func(want bool, name string, more map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"openinference.span.kind": "LLM", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
			"gen_ai.request.model": "claude-sonnet-4-5",
		}
		maps.Copy(attributes, more)
		span := ptrace.NewSpan()
		span.SetName(name)
		require.NoError(t, span.Attributes().FromRaw(attributes))
		require.Equal(t, want, ReadSpan(span, new(Call)))
	}
	turn := map[string]any{"hermes.session_id": "s", "hermes.turn.number": 1}
	f(true, "api.claude-sonnet-4-5", turn)
	f(false, "llm.claude-sonnet-4-5", turn)
	f(true, "llm.claude-sonnet-4-5", nil)
	f(true, "llm.claude-sonnet-4-5", map[string]any{"hermes.session_id": "s", "gen_ai.usage.input_tokens": 10})
	f(true, "llm.claude-sonnet-4-5", map[string]any{"hermes.session_id": "s", "llm.usage.completion_tokens": 10})
}
