package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCallsOfLangtrace(t *testing.T) {
	f := func(want Operation, operation, service string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"langtrace.service.name": service, "langtrace.service.type": "llm", "gen_ai.system": "openai", "gen_ai.operation.name": operation,
			"gen_ai.request.model": "gpt-5-mini", "gen_ai.response_id": "resp_1", "gen_ai.usage.input_tokens": 100,
			"gen_ai.usage.output_tokens": 50, "gen_ai.request.total_tokens": 150, "gen_ai.usage.cached_tokens": 60,
		})
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
		if ok {
			require.Equal(t, Usage{Input: Known(100), Output: Known(50), CacheRead: Known(60)}, c.Usage)
			require.Equal(t, []string{"openai", "resp_1"}, []string{c.Provider, c.ResponseID})
		}
	}
	f(OperationChat, "chat", "OpenAI")
	f(OperationChat, "openai.responses.create", "OpenAI")
	f(OperationEmbeddings, "embed", "OpenAI")
	f(OperationImage, "images_generate", "OpenAI")
	f(OperationImage, "images_edit", "OpenAI")
	f("", "chat", "Autogen")
}
