package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The attributes are those of version 1.14 of the TypeScript SDK.
func TestCallOfAnthropicsSDK(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.provider.name": "anthropic", "http.route": "/v1/messages", "http.request.method": "POST",
		"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4-6", "gen_ai.response.model": "claude-sonnet-4-6",
		"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 80,
		"gen_ai.usage.cache_write.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 1000,
		"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 40, "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 60,
		"anthropic.response.service_tier": "batch", "anthropic.message.stop_reason": "end_turn",
	})
	require.True(t, ok)
	require.Equal(t, Usage{
		Input: Known(1200), Output: Known(80), CacheRead: Known(1000), CacheWrite: Known(100), CacheWriteLong: Known(60),
	}, c.Usage)
	require.Equal(t, []string{"end_turn"}, c.FinishReasons)
	require.Equal(t, "batch", c.ServiceTier)
}

// Each request of Anthropic's SDKs has a span, also those that no model answers.
func TestRequestsOfAnthropicsSDKThatAskForNoAnswer(t *testing.T) {
	f := func(want Operation, attributes map[string]any) {
		t.Helper()
		attributes["gen_ai.provider.name"], attributes["gen_ai.request.model"] = "anthropic", "claude-sonnet-4-6"
		c, ok := readRaw(t, attributes)
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
	}
	f(OperationCountTokens, map[string]any{"http.route": "/v1/messages/count_tokens", "anthropic.message.count_tokens.input_tokens": 12})
	f(OperationCountTokens, map[string]any{"http.route": "/v1/messages/count_tokens", "error.type": "invalid_request_error"})
	f("", map[string]any{"http.route": "/v1/sessions", "anthropic.session.environment.id": "env_1", "gen_ai.agent.name": "a"})
	f(OperationChat, map[string]any{"http.route": "/v1/messages", "gen_ai.operation.name": "chat"})
}

func TestRouteThatNamesNoModelIsNoCall(t *testing.T) {
	_, ok := readRaw(t, map[string]any{"http.route": "/v1/messages/count_tokens", "http.request.method": "POST"})
	require.False(t, ok)
}
