package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readScope reads a span of an instrumentation, and once more as the processor leaves it to another one.
func readScope(t *testing.T, scope string, attributes map[string]any) Call {
	t.Helper()
	span := ptrace.NewSpan()
	require.NoError(t, span.Attributes().FromRaw(attributes))
	var c, again Call
	require.True(t, ReadSpanOf(scope, span, &c))
	priced := c
	priced.Cost.Source = "price_book"
	PutAccounting(&priced, span)
	require.True(t, ReadSpanOf(scope, span, &again))
	require.Equal(t, c.Usage, again.Usage)
	return c
}

// Microsoft's agent framework has each count as the provider's API has it, in the conventions' names.
func TestUsageOfAgentFramework(t *testing.T) {
	f := func(want [2]int64, provider, model string, cached int) {
		t.Helper()
		c := readScope(t, "agent_framework", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
			"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.reasoning.output_tokens": 20,
			"gen_ai.usage.cache_read.input_tokens": cached, "gen_ai.usage.cache_creation.input_tokens": 10,
		})
		require.Equal(t, want, [2]int64{c.Usage.Input.N, c.Usage.Output.N})
	}
	f([2]int64{140, 50}, "anthropic", "claude-sonnet-4-5", 30)
	f([2]int64{1010, 50}, "anthropic", "claude-sonnet-4-5", 900)
	f([2]int64{140, 50}, "aws.bedrock", "amazon.nova-pro-v1:0", 30)
	f([2]int64{140, 50}, "google.vertex.ai", "claude-sonnet-4-5", 30)
	f([2]int64{140, 50}, "azure.ai.foundry", "claude-sonnet-4-5", 30)
	f([2]int64{100, 50}, "azure.ai.foundry", "gpt-5", 30)
	f([2]int64{100, 70}, "gcp.gemini", "gemini-2.5-pro", 30)
	f([2]int64{100, 70}, "gcp.vertex_ai", "gemini-2.5-pro", 30)
	f([2]int64{100, 50}, "openai", "gpt-5", 30)
}

// OpenInference's instrumentation of Agno has the counts that Agno has, and no total.
func TestUsageOfAgno(t *testing.T) {
	f := func(want int64, scope, provider, model string) {
		t.Helper()
		c := readScope(t, scope, map[string]any{
			"openinference.span.kind": "LLM", "llm.model_name": model, "llm.provider": provider,
			"llm.token_count.prompt": 500, "llm.token_count.completion": 80,
			"llm.token_count.prompt_details.cache_read": 300, "llm.token_count.prompt_details.cache_write": 100,
		})
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
	const agno = "openinference.instrumentation.agno"
	f(900, agno, "Anthropic", "claude-sonnet-4-5")
	f(900, agno, "AwsBedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")
	f(900, agno, "AzureFoundry", "claude-sonnet-4-5")
	f(900, agno, "VertexAI", "claude-sonnet-4@20250514")
	f(500, agno, "OpenAI", "gpt-5")
	f(500, agno, "OpenRouter", "anthropic/claude-sonnet-4-5")
	f(900, "@arizeai/openinference-instrumentation-bedrock", "aws", "anthropic.claude-sonnet-4-5-20250929-v1:0")
	f(500, "openinference.instrumentation.anthropic", "anthropic", "claude-sonnet-4-5")
}

// So have the spans of Pipecat and AG2.
func TestUsageOfPipecatAndAG2(t *testing.T) {
	attributes := map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
		"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80,
		"gen_ai.usage.cache_read_input_tokens": 300, "gen_ai.usage.cache_creation_input_tokens": 100,
	}
	for _, scope := range []string{"pipecat", "opentelemetry.instrumentation.ag2"} {
		c := readScope(t, scope, attributes)
		require.Equal(t, Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
}

// tRPC-Agent for Go names itself in the place of the provider.
func TestUsageOfTRPCAgent(t *testing.T) {
	f := func(want int64, model string) {
		t.Helper()
		c := readScope(t, "trpc.agent.go", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.system": "trpc.go.agent", "gen_ai.request.model": model,
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80, "gen_ai.usage.total_tokens": 580,
			"gen_ai.usage.input_tokens.cached": 300, "gen_ai.usage.input_tokens.cache_read": 300,
		})
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300)}, c.Usage)
	}
	f(800, "claude-sonnet-4-5")
	f(500, "deepseek-chat")
}

// Some of Google's models include the reasoning in the output. Where there is a total, it shows.
func TestRawReasoningWithTotal(t *testing.T) {
	f := func(want int64, total int) {
		t.Helper()
		c := readScope(t, "openinference.instrumentation.pipecat", map[string]any{
			"openinference.span.kind": "LLM", "llm.model_name": "gemini-2.5-pro", "llm.provider": "google", "llm.token_count.prompt": 100,
			"llm.token_count.completion": 50, "llm.token_count.completion_details.reasoning": 20, "llm.token_count.total": total,
		})
		require.Equal(t, Usage{Input: Known(100), Output: Known(want), Reasoning: Known(20)}, c.Usage)
	}
	f(70, 170)
	f(50, 150)
}

func TestCacheWritesInOtherNames(t *testing.T) {
	c, ok := readRaw(t, map[string]any{ // Envoy's gateway
		"openinference.span.kind": "LLM", "llm.model_name": "claude-sonnet-4-5", "llm.token_count.prompt": 1200,
		"llm.token_count.completion": 80, "llm.token_count.total": 1280, "llm.token_count.prompt_details.cache_read": 1000,
		"llm.token_count.prompt_details.cache_creation": 100,
	})
	require.True(t, ok)
	require.Equal(t, Usage{Input: Known(1200), Output: Known(80), CacheRead: Known(1000), CacheWrite: Known(100)}, c.Usage)

	c, ok = readRaw(t, map[string]any{ // Mastra
		"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.cache_creation.input_tokens": 500,
		"gen_ai.usage.cache_creation.5m_input_tokens": 300, "gen_ai.usage.cache_creation.1h_input_tokens": 200,
	})
	require.True(t, ok)
	require.Equal(t, Usage{Input: Known(1200), CacheWrite: Known(500), CacheWriteLong: Known(200)}, c.Usage)
}

// A server that tells of its requests is no client, and names no provider.
func TestSpansOfModelServersAreNoCalls(t *testing.T) {
	_, ok := readRaw(t, map[string]any{
		"gen_ai.request.id": "cmpl-1", "gen_ai.response.model": "qwen3", "gen_ai.usage.prompt_tokens": 10,
		"gen_ai.usage.completion_tokens": 5, "gen_ai.latency.time_to_first_token": 0.1, "gen_ai.latency.e2e": 0.5,
	})
	require.False(t, ok)
}

// Strands has Anthropic's counts as its API has them, and what LiteLLM makes of them whole. It never says the provider.
func TestUsageOfStrands(t *testing.T) {
	f := func(want int64, model string, total int) {
		t.Helper()
		c := readScope(t, "strands.telemetry.tracer", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents", "gen_ai.request.model": model,
			"gen_ai.usage.prompt_tokens": 500, "gen_ai.usage.input_tokens": 500, "gen_ai.usage.completion_tokens": 80,
			"gen_ai.usage.output_tokens": 80, "gen_ai.usage.total_tokens": total, "gen_ai.usage.cache_read_input_tokens": 300,
			"gen_ai.usage.cache_write_input_tokens": 100,
		})
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
	f(900, "claude-sonnet-4-5", 580)
	f(500, "anthropic/claude-sonnet-4-5", 580)
	f(900, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 980)
}

// Spring AI, too, and its total has no more. All is text there.
func TestUsageOfSpringAI(t *testing.T) {
	f := func(want int64, provider, total string) {
		t.Helper()
		c := readScope(t, "org.springframework.boot", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.system": provider, "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "500",
			"gen_ai.usage.output_tokens": "80", "gen_ai.usage.total_tokens": total, "gen_ai.usage.cache_read.input_tokens": "300",
			"gen_ai.usage.cache_creation.input_tokens": "100", "gen_ai.request.stream": "true",
		})
		require.True(t, c.Stream)
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
	f(900, "anthropic", "580")
	f(900, "bedrock_converse", "980")
	f(500, "openai", "580")
}

func TestUsageOfOpenLIT(t *testing.T) {
	f := func(want [2]int64, scope, provider string) {
		t.Helper()
		c := readScope(t, scope, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.usage.input_tokens": 500,
			"gen_ai.usage.output_tokens": 80, "gen_ai.client.token.usage": 580, "gen_ai.usage.reasoning_tokens": 20,
			"gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.cache_creation.input_tokens": 100,
		})
		require.Equal(t, want, [2]int64{c.Usage.Input.N, c.Usage.Output.N})
	}
	f([2]int64{900, 80}, "openlit.instrumentation.anthropic", "anthropic")
	f([2]int64{900, 80}, "openlit.instrumentation.bedrock", "aws.bedrock")
	f([2]int64{500, 100}, "openlit.instrumentation.google_ai_studio", "gcp.gemini")
	f([2]int64{900, 80}, "@openlit/instrumentation-anthropic", "anthropic")
	f([2]int64{900, 80}, "@openlit/instrumentation-bedrock", "aws.bedrock")
	f([2]int64{500, 80}, "openlit.instrumentation.langchain", "anthropic") // which knows the whole
}

// Of an answer that broke off there may be no output.
func TestRawInputWithoutOutput(t *testing.T) {
	c := readScope(t, "agent_framework", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": 500,
		"gen_ai.usage.cache_read.input_tokens": 300,
	})
	require.Equal(t, Usage{Input: Known(800), CacheRead: Known(300)}, c.Usage)
}

// Whatever stands beside them, the tap's counts are wholes, and those of an instrumentation are made so once.
func TestPartsAreAddedOnce(t *testing.T) {
	f := func(want int64, attributes map[string]any) {
		t.Helper()
		attributes["gen_ai.operation.name"], attributes["gen_ai.provider.name"] = "chat", "anthropic"
		c := readScope(t, "org.springframework.boot", attributes)
		require.Equal(t, Known(want), c.Usage.Input)
	}
	f(800, map[string]any{"input_tokens": 500, "output_tokens": 80, "cache_read_tokens": 300})
	f(800, map[string]any{
		"mlflow.message.format": "anthropic", "mlflow.chat.tokenUsage": `{"input_tokens":500,"output_tokens":80,"cache_read_input_tokens":300}`,
	})
	f(500, map[string]any{
		"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80, "gen_ai.usage.cache_read.input_tokens": 300,
		"llmtap.usage.source": "reported",
	})
}

// OpenTelemetry's own instrumentations of Bedrock and Agno, too; that of Anthropic adds the caches.
func TestUsageOfOpenTelemetry(t *testing.T) {
	f := func(want int64, scope, provider string) {
		t.Helper()
		c := readScope(t, "opentelemetry.instrumentation.genai."+scope, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": "anthropic.claude-sonnet-4-5",
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80, "gen_ai.usage.cache_read.input_tokens": 300,
			"gen_ai.usage.cache_write.input_tokens": 100,
		})
		require.Equal(t, Usage{Input: Known(want), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
	f(900, "bedrock", "aws.bedrock")
	f(900, "agno", "anthropic")
	f(500, "agno", "openai")
	f(500, "anthropic", "anthropic")
}

// OpenLLMetry's instrumentation of Bedrock takes input and output as they come, and adds them to a total; that of Anthropic adds the caches.
func TestUsageOfOpenLLMetry(t *testing.T) {
	f := func(want int64, scope, provider string) {
		t.Helper()
		c := readScope(t, "opentelemetry.instrumentation."+scope, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.usage.input_tokens": 500,
			"gen_ai.usage.output_tokens": 80, "gen_ai.usage.total_tokens": 580, "gen_ai.usage.cache_read.input_tokens": 300,
			"gen_ai.usage.cache_creation.input_tokens": 100,
		})
		require.Equal(t, want, c.Usage.Input.N)
	}
	f(900, "bedrock", "aws.bedrock")
	f(900, "bedrock", "AWS")
	f(900, "bedrock", "Anthropic")
	f(500, "anthropic", "anthropic")
}
