package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// OpenInference's spans of LangChain have the answer's id, tier and writes to the cache in LangChain's JSON alone, and the provider in
// that of its metadata.
func TestCallOfLangChainInOpenInference(t *testing.T) {
	read := func(kwargs string) Call {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"openinference.span.kind": "LLM", "llm.model_name": "claude-sonnet-4-5", "llm.token_count.prompt": 1200,
			"llm.token_count.completion": 330, "llm.token_count.total": 1530, "llm.token_count.prompt_details.cache_read": 1000,
			"metadata":     `{"userId":"ada","ls_provider":"anthropic","ls_model_name":"claude-sonnet-4-5","ls_model_type":"chat"}`,
			"output.value": `{"generations":[[{"text":"It is sunny.","message":{"lc":1,"type":"constructor","kwargs":` + kwargs + `}}]]}`,
		})
		require.True(t, ok)
		require.Equal(t, "anthropic", c.Provider)
		return c
	}
	const usage = `"usage_metadata":{"input_tokens":1200,"output_tokens":330,"total_tokens":1530,` +
		`"input_token_details":{"cache_creation":100,"cache_read":1000}}`
	c := read(`{"content":"It is sunny.",` + usage + `,"response_metadata":{"id":"msg_250","model":"claude-sonnet-4-5"},"id":"lc_run--1"}`)
	require.Equal(t, Usage{Input: Known(1200), Output: Known(330), CacheRead: Known(1000), CacheWrite: Known(100)}, c.Usage)
	require.Equal(t, "msg_250", c.ResponseID)

	c = read(`{"id":"chatcmpl-247","response_metadata":{"model_name":"gpt-5-mini-2025-08-07","system_fingerprint":"fp_1","service_tier":"flex"}}`)
	require.Equal(t, Usage{Input: Known(1200), Output: Known(330), CacheRead: Known(1000)}, c.Usage)
	require.Equal(t, []string{"chatcmpl-247", "gpt-5-mini-2025-08-07", "fp_1", "flex"},
		[]string{c.ResponseID, c.ResponseModel, c.SystemFingerprint, c.ServiceTier})
	require.Empty(t, read(`{"id":"run-1"}`).ResponseID)
	require.Empty(t, read(`{}`).ResponseID)
}

func TestProviderThatOnlyLangChainTells(t *testing.T) {
	f := func(want string, attributes map[string]any) {
		t.Helper()
		attributes["langfuse.observation.type"], attributes["langfuse.observation.model.name"] = "generation", "m"
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, want, c.Provider)
	}
	f("mistral_ai", map[string]any{"langfuse.observation.metadata.ls_provider": "mistralai"})
	f("openai", map[string]any{"langfuse.observation.metadata.ls_provider": "mistralai", "gen_ai.system": "openai"})
	f("", map[string]any{"metadata": `{"ls_provider":7}`})
	f("", map[string]any{"metadata": "ls_provider"})
}
