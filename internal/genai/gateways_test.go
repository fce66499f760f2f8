package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Where Envoy's gateway was asked in Anthropic's API it leaves the counts so. Of chats that it translates it makes wholes.
func TestUsageOfEnvoyInTheConventionsNames(t *testing.T) {
	f := func(want int64, provider, reason string) {
		t.Helper()
		c := readScope(t, "envoyproxy/ai-gateway", map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": "sonnet",
			"gen_ai.response.model": "claude-sonnet-4-5", "gen_ai.response.finish_reasons": []any{reason},
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80,
			"gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.cache_creation.input_tokens": 100,
		})
		require.Equal(t, want, c.Usage.Input.N)
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

// Bifrost has a span of the request around that of the call, which says the model, too.
func TestRequestOfBifrostIsNoCall(t *testing.T) {
	f := func(want Operation, attributes map[string]any) {
		t.Helper()
		attributes["gen_ai.provider.name"], attributes["gen_ai.request.model"] = "openai", "text-embedding-3-small"
		c, ok := readRaw(t, attributes)
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
	}
	f("", map[string]any{"bifrost.request.id": "req-1", "http.method": "POST", "http.status_code": 200})
	f(OperationEmbeddings, map[string]any{"bifrost.request.id": "req-1", "gen_ai.operation.name": "embeddings"})
	f(OperationEmbeddings, map[string]any{"bifrost.virtual_key.id": "vk-1", "gen_ai.operation.name": "embeddings"})
}

// agentgateway tells of a call in its span of the request, to any API.
func TestCallOfAgentgateway(t *testing.T) {
	attributes := func(path string, status int) map[string]any {
		return map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
			"http.method": "POST", "http.path": path, "http.status": status,
		}
	}
	f := func(want Operation, wantError, path string, status int) {
		t.Helper()
		c, ok := readRaw(t, attributes(path, status))
		require.True(t, ok)
		require.Equal(t, want, c.Operation)
		require.Equal(t, status, c.HTTPStatus)
		require.Equal(t, wantError, c.ErrorType)
	}
	f(OperationChat, "", "/v1/messages", 200)
	f(OperationChat, "429", "/v1/messages", 429)
	f(OperationCountTokens, "", "/v1/messages/count_tokens", 200)
	f(OperationCountTokens, "", "/v1/messages/count_tokens?beta=true", 200) // of Claude Code
	f(OperationChat, "", "/v1/messages?next=/messages/count_tokens", 200)
	f(OperationCountTokens, "", "/v1beta/models/gemini-2.5-pro:countTokens", 200)

	later := attributes("", 200) // versions that have the conventions' names
	delete(later, "http.path")
	later["url.path"], later["url.query"] = "/v1/messages/count_tokens", "beta=true"
	c, ok := readRaw(t, later)
	require.True(t, ok)
	require.Equal(t, OperationCountTokens, c.Operation)

	answered := attributes("/v1/chat/completions", 200)
	answered["gen_ai.usage.output_tokens"], answered["gen_ai.usage.output_image_tokens"] = 1300, 1290
	answered["agw.ai.time_to_first_token"] = 0.25
	c, ok = readRaw(t, answered)
	require.True(t, ok)
	require.Equal(t, Usage{Output: Known(1300), ImageOutput: Known(1290)}, c.Usage)
	require.Equal(t, 250*time.Millisecond, c.TimeToFirstChunk)
	require.True(t, c.Stream)
}
