package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Agent 365 writes operations as its languages write such names.
func TestOperationsOfAgent365(t *testing.T) {
	f := func(want Operation, name string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.operation.name": name, "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5",
			"gen_ai.usage.input_tokens": 100, "microsoft.tenant.id": "contoso",
		})
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
	}
	f(OperationChat, "Chat")
	f(OperationTextCompletion, "TextCompletion")
	f(OperationGenerateContent, "GenerateContent")
	f("", "InvokeAgent")
	f("", "ExecuteTool")
}
