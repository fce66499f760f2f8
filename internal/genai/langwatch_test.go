package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// LangWatch tells by a type of its own which spans are calls, and has their tokens in JSON.
func TestCallsOfLangWatch(t *testing.T) {
	f := func(want Usage, kind string, attributes map[string]any) {
		t.Helper()
		attributes["langwatch.span.type"], attributes["gen_ai.request.model"] = kind, "openai/gpt-5"
		c, ok := readRaw(t, attributes)
		require.Equal(t, kind == "llm", ok)
		if ok {
			require.Equal(t, []string{"chat", "openai/gpt-5"}, []string{string(c.Operation), c.RequestModel})
			require.Equal(t, want, c.Usage)
		}
	}
	all := Usage{Input: Known(100), Output: Known(50), Reasoning: Known(20)}
	f(all, "llm", map[string]any{
		"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 50,
		"langwatch.metrics": `{"prompt_tokens":100,"completion_tokens":50,"reasoning_tokens":20,"cost":0.01}`,
	})
	f(all, "llm", map[string]any{"langwatch.metrics": `{"prompt_tokens":100,"completion_tokens":50,"reasoning_tokens":20}`})
	f(Usage{Input: Known(100), Output: Known(50)}, "llm",
		map[string]any{"langwatch.metrics": `{"type":"json","value":{"promptTokens":100,"completionTokens":50}}`})
	f(Usage{Input: Known(7)}, "llm", map[string]any{"gen_ai.usage.input_tokens": 7, "langwatch.metrics": `{"prompt_tokens":100}`})
	f(Usage{}, "llm", map[string]any{"langwatch.metrics": `[1]`})
	for _, kind := range []string{"span", "agent", "chain", "tool", "rag", "workflow"} {
		f(Usage{}, kind, map[string]any{"gen_ai.system": "openai", "langwatch.metrics": `{"prompt_tokens":100}`})
	}
}

func TestEmbeddingsOfLangWatch(t *testing.T) {
	c, ok := readRaw(t, map[string]any{"langwatch.span.type": "llm", "gen_ai.operation.name": "embeddings"})
	require.True(t, ok)
	require.Equal(t, OperationEmbeddings, c.Operation)
}
