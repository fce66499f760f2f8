package genai

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Alibaba's conventions tell by a kind which spans are model calls. Spans of agents repeat the model and the tokens of the calls within.
func TestSpanKindsOfAlibaba(t *testing.T) {
	f := func(want Operation, kind string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.span.kind": kind, "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 100,
		})
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
	}
	f(OperationChat, "LLM")
	f(OperationChat, "llm")
	f(OperationEmbeddings, "EMBEDDING")
	f(OperationRerank, "RERANKER")
	for _, kind := range []string{"AGENT", "CHAIN", "TASK", "TOOL", "RETRIEVER", "STEP"} {
		f("", kind)
	}
}

// Dify's counts are text, its providers those of plugins.
func TestCallOfDify(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.span.kind": "LLM", "gen_ai.framework": "dify", "gen_ai.model_name": "gpt-4o", "gen_ai.system": "langgenius/openai/openai",
		"gen_ai.usage.input_tokens": "100", "gen_ai.usage.output_tokens": "50", "gen_ai.usage.total_tokens": "150",
	})
	require.True(t, ok)
	require.Equal(t, OperationChat, c.Operation)
	require.Equal(t, []string{"openai", "gpt-4o"}, []string{c.Provider, c.RequestModel})
	require.Equal(t, Usage{Input: Known(100), Output: Known(50)}, c.Usage)

	c, ok = readRaw(t, map[string]any{
		"gen_ai.span.kind": "LLM", "gen_ai.request.model": "gemini-2.5-pro", "gen_ai.provider.name": "langgenius/gemini/google",
		"gen_ai.response.finish_reason": "stop",
	})
	require.True(t, ok)
	require.Equal(t, "gcp.gemini", c.Provider)
	require.Equal(t, []string{"stop"}, c.FinishReasons)
}

// Alibaba's conventions count nanoseconds.
func TestTimeToFirstTokenOfAlibaba(t *testing.T) {
	f := func(want time.Duration, value any) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "gen_ai.response.time_to_first_token": value})
		require.True(t, ok)
		require.True(t, c.Stream)
		require.Equal(t, want, c.TimeToFirstChunk)
	}
	f(250*time.Millisecond, 250_000_000)
	f(250*time.Millisecond, 0.25)
}

// FutureAGI's spans are OpenInference's but for the name of the kind.
func TestSpanKindsOfFutureAGI(t *testing.T) {
	f := func(want bool, kind string) {
		t.Helper()
		_, ok := readRaw(t, map[string]any{"fi.span.kind": kind, "llm.model_name": "gpt-4o", "llm.token_count.prompt": 100})
		require.Equal(t, want, ok)
	}
	f(true, "LLM")
	f(false, "AGENT")
}

// AgentOps says of an agent, too, what model it has.
func TestSpanKindsOfAgentOps(t *testing.T) {
	f := func(want bool, kind, system string) {
		t.Helper()
		_, ok := readRaw(t, map[string]any{
			"agentops.span.kind": kind, "gen_ai.system": system, "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o",
		})
		require.Equal(t, want, ok)
	}
	f(true, "llm", "OpenAI")
	f(true, "llm.call", "OpenAI")
	f(false, "agent", "agno")
	f(false, "workflow", "agno")
}

// Eino tells by a component what a span is. The kind that it has in Alibaba's name is its own, and workflow for whatever is outermost.
func TestComponentsOfEino(t *testing.T) {
	f := func(want Operation, kind, component string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.span.kind": kind, "runinfo.component": component, "runinfo.type": "OpenAI", "gen_ai.system": "eino",
			"gen_ai.request.model": "gpt-5", "gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 50,
			"gen_ai.usage.total_tokens": 150, "gen_ai.response.finish_reason": "stop", "gen_ai.is_streaming": true,
		})
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
		if ok {
			require.Equal(t, Usage{Input: Known(100), Output: Known(50)}, c.Usage)
			require.True(t, c.Stream)
		}
	}
	f(OperationChat, "chatmodel", "ChatModel")
	f(OperationChat, "workflow", "ChatModel")
	f(OperationChat, "agenticmodel", "AgenticModel")
	f(OperationEmbeddings, "embedding", "Embedding")
	f("", "workflow", "Graph")
	f("", "lambda", "Lambda")
	f("", "tool", "Tool")
}

// Promptfoo repeats answers that it kept, and makes spans as of calls. Those of embeddings do not have its flag.
func TestAnswersThatPromptfooKept(t *testing.T) {
	f := func(want bool, operation string, more map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"gen_ai.operation.name": operation, "gen_ai.provider.name": "openai", "gen_ai.request.model": "m", "promptfoo.usage.total_tokens": 8,
		}
		maps.Copy(attributes, more)
		_, ok := readRaw(t, attributes)
		require.Equal(t, want, ok)
	}
	f(true, "chat", map[string]any{"promptfoo.cache_hit": false, "gen_ai.usage.input_tokens": 6, "gen_ai.usage.output_tokens": 2})
	f(false, "chat", map[string]any{"promptfoo.cache_hit": true, "promptfoo.usage.cached_response_tokens": 8})
	f(true, "embeddings", map[string]any{"gen_ai.usage.input_tokens": 8, "gen_ai.usage.output_tokens": 0})
	f(false, "embeddings", map[string]any{"gen_ai.usage.cache_read.input_tokens": 8})
	f(true, "embeddings", nil)
}
