package genai

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TrueFoundry's gateway has names of its own, and the conventions' beside them only if it is told to.
func TestReadTrueFoundry(t *testing.T) {
	model := map[string]any{
		"tfy.span_type": "Model", "tfy.model.name": "gpt-4o", "tfy.model.fqn": "openai-main/gpt-4o", "tfy.request.model_name": "chat-models/fast",
		"tfy.model.request_type": "ChatCompletion", "tfy.model.request_url": "https://api.openai.com/v1/chat/completions",
		"tfy.model.streaming": true, "tfy.model.metric.time_to_first_token_in_ms": 250.0, "tfy.model.metric.latency_in_ms": 900.0,
		"tfy.model.metric.input_tokens": 1000, "tfy.model.metric.output_tokens": 50, "tfy.model.metric.cache_read_input_tokens": 300,
		"tfy.model.metric.cache_creation_input_tokens": 100, "tfy.model.metric.cost_in_usd": 0.01,
	}
	f := func(want Operation, more map[string]any) (c Call) {
		t.Helper()
		attributes := maps.Clone(model)
		maps.Copy(attributes, more)
		c, ok := readRaw(t, attributes)
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
		return c
	}
	plain := f(OperationChat, nil)
	require.Equal(t, Usage{Input: Known(1000), Output: Known(50), CacheRead: Known(300), CacheWrite: Known(100)}, plain.Usage)
	require.Equal(t, []string{"chat-models/fast", "gpt-4o", "api.openai.com"}, []string{plain.RequestModel, plain.ResponseModel, plain.ServerAddress})
	require.True(t, plain.Stream)
	require.Equal(t, 250*time.Millisecond, plain.TimeToFirstChunk)
	require.Equal(t, plain.Usage, f(OperationChat, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 50,
	}).Usage)

	for kind, want := range map[string]Operation{
		"Completion": OperationTextCompletion, "Embedding": OperationEmbeddings, "Rerank": OperationRerank,
		"AgentResponse": OperationChat, "CreateModelResponse": OperationChat,
	} {
		f(want, map[string]any{"tfy.model.request_type": kind})
	}
	for _, kind := range []string{"ChatCompletion", "Embedding", "MCP", "Guardrail", "AgentResponse"} {
		f("", map[string]any{"tfy.span_type": kind})
		f("", map[string]any{"tfy.span_type": kind, "gen_ai.operation.name": "chat"})
	}
}
