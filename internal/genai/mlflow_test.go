package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// MLflow keeps the counts of Anthropic as its API has them: the caches are beside the input, and in no total.
func TestCachesOfMLflow(t *testing.T) {
	f := func(want int64, format string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.message.format": format,
			"mlflow.chat.tokenUsage": `{"input_tokens":1000,"output_tokens":50,"total_tokens":1050,` +
				`"cache_read_input_tokens":300,"cache_creation_input_tokens":100}`,
		})
		require.True(t, ok)
		require.Equal(t, Usage{Input: Known(want), Output: Known(50), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	}
	f(1400, `"anthropic"`)
	f(1400, `"bedrock"`)
	f(1000, `"openai"`)
	f(1000, `"langchain"`)
}
