package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCallOfBraintrust(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"braintrust.span_attributes": `{"type":"llm"}`,
		"braintrust.metadata": `{"provider":"openai","endpoint":"/v1/chat/completions","model":"gpt-5-mini","stream":true,"user":"ada",` +
			`"tools":[{"type":"function"}],"id":"chatcmpl-1","system_fingerprint":"fp","service_tier":"flex"}`,
		"braintrust.metrics": `{"prompt_tokens":1200,"completion_tokens":80,"tokens":1280,"prompt_cached_tokens":1000,` +
			`"completion_reasoning_tokens":50,"prompt_audio_tokens":0,"time_to_first_token":0.25}`,
		"braintrust.output_json": `[{"index":0,"message":{"role":"assistant"},"finish_reason":"stop"}]`,
	})
	require.True(t, ok)
	require.Equal(t, []string{"openai", "gpt-5-mini", "gpt-5-mini"}, []string{c.Provider, c.RequestModel, c.ResponseModel})
	require.Equal(t, OperationChat, c.Operation)
	require.Equal(t, Usage{
		Input: Known(1200), Output: Known(80), CacheRead: Known(1000), Reasoning: Known(50), AudioInput: Known(0),
	}, c.Usage)
	require.Equal(t, []string{"chatcmpl-1", "fp", "flex"}, []string{c.ResponseID, c.SystemFingerprint, c.ServiceTier})
	require.Equal(t, []string{"stop"}, c.FinishReasons)
	require.Equal(t, 250*time.Millisecond, c.TimeToFirstChunk)
	require.Equal(t, "ada", c.Caller.Hint(AttrCallerParametersUser))
	require.True(t, c.Stream)
	require.Equal(t, 1, c.ToolsOffered)
}

func TestUsageOfBraintrust(t *testing.T) {
	f := func(want Usage, provider, model, metrics string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metrics": metrics,
			"braintrust.metadata": `{"provider":"` + provider + `","model":"` + model + `"}`,
		})
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	f(Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, "anthropic", "claude-sonnet-4-5",
		`{"prompt_tokens":900,"completion_tokens":80,"tokens":980,"prompt_cached_tokens":300,"prompt_cache_creation_tokens":100}`)
	f(Usage{Input: Known(900), Output: Known(80), CacheWrite: Known(100), CacheWriteLong: Known(40)}, "bedrock", "m",
		`{"prompt_tokens":900,"completion_tokens":80,"prompt_cache_creation_5m_tokens":60,"prompt_cache_creation_1h_tokens":40}`)
	f(Usage{Input: Known(100), Output: Known(70), Reasoning: Known(20)}, "gemini", "gemini-2.5-pro",
		`{"prompt_tokens":100,"completion_tokens":50,"tokens":170,"thoughts_token_count":20}`)
	f(Usage{Input: Known(100), Output: Known(70), Reasoning: Known(20)}, "gemini", "gemini-2.5-pro",
		`{"prompt_tokens":100,"completion_tokens":50,"tokens":170}`)
	f(Usage{}, "openai", "m", `{"prompt_tokens":-1}`)
	f(Usage{}, "openai", "m", `[]`)
}

func TestSpansOfBraintrust(t *testing.T) {
	f := func(want Operation, kind, endpoint string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"braintrust.span_attributes": kind, "braintrust.metadata": `{"provider":"openai","model":"m",` + endpoint + `}`,
		})
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
	}
	f(OperationChat, `{"type":"llm"}`, `"request_path":"v1/responses"`)
	f(OperationEmbeddings, `{"type":"llm"}`, `"endpoint":"/v1/embeddings"`)
	f(OperationCountTokens, `{"type":"llm"}`, `"endpoint":"count_tokens"`)
	f(OperationRerank, `{"type":"llm"}`, `"endpoint":"/v1/rerank"`)
	f(OperationChat, "", `"endpoint":"/v1/chat/completions"`) // Ruby's and older ones say no type
	f("", "", `"temperature":1`)
	f("", `{"type":"llm"}`, `"endpoint":"/v1/moderations"`)
	f("", `{"type":"task"}`, `"endpoint":"/v1/chat/completions"`)
	f("", `{"type":"score"}`, `"endpoint":"/v1/chat/completions"`)
}

// Its SDK for .NET has an attribute for each count.
func TestCountsOfBraintrustOneByOne(t *testing.T) {
	f := func(ofType, value string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			ofType: value, "gen_ai.request.model": "gpt-5-mini", "braintrust.metadata": `{"provider":"openai"}`,
			"braintrust.metrics.prompt_tokens": 1200, "braintrust.metrics.completion_tokens": 80, "braintrust.metrics.tokens": 1280,
			"braintrust.metrics.prompt_cached_tokens": 1000, "braintrust.metrics.time_to_first_token": 0.25, "gen_ai.request.stream": true,
		})
		require.True(t, ok)
		require.Equal(t, []string{"openai", "gpt-5-mini"}, []string{c.Provider, c.RequestModel})
		require.Equal(t, Usage{Input: Known(1200), Output: Known(80), CacheRead: Known(1000)}, c.Usage)
		require.Equal(t, 250*time.Millisecond, c.TimeToFirstChunk)
	}
	f("braintrust.span_attributes", `{"type":"llm"}`)
	f("braintrust.span_attributes.type", "llm")
}

// Java's SDK leaves the counts of Anthropic and Gemini as they are.
func TestBareCountsOfBraintrust(t *testing.T) {
	f := func(want Usage, metadata, metrics, answer string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metadata": metadata, "braintrust.metrics": metrics,
			"braintrust.output_json": answer,
		})
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	f(Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100), CacheWriteLong: Known(40)},
		`{"provider":"anthropic","model":"claude-sonnet-4-5"}`,
		`{"prompt_tokens":500,"completion_tokens":80,"tokens":580,"prompt_cached_tokens":300,"prompt_cache_creation_5m_tokens":60,`+
			`"prompt_cache_creation_1h_tokens":40}`,
		`{"id":"msg_1","usage":{"input_tokens":500,"cache_read_input_tokens":300,"cache_creation_input_tokens":100,"output_tokens":80}}`)
	f(Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, // another's, which adds them
		`{"provider":"anthropic","model":"claude-sonnet-4-5"}`,
		`{"prompt_tokens":900,"completion_tokens":80,"tokens":980,"prompt_cached_tokens":300,"prompt_cache_creation_tokens":100}`,
		`{"id":"msg_1","usage":{"input_tokens":500,"cache_read_input_tokens":300,"cache_creation_input_tokens":100,"output_tokens":80}}`)
	f(Usage{Input: Known(100), Output: Known(70), Reasoning: Known(20)},
		`{"provider":"gemini","model":"gemini-2.5-pro"}`, `{"prompt_tokens":100,"completion_tokens":50,"tokens":170}`,
		`{"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":50,"thoughtsTokenCount":20,"totalTokenCount":170}}`)
}

// Applications give any span metadata of their own.
func TestMetadataOfAnApplicationInBraintrust(t *testing.T) {
	_, ok := readRaw(t, map[string]any{"braintrust.metadata": `{"endpoint":"/api/orders","user":"ada"}`})
	require.False(t, ok)
	c, ok := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "braintrust.metadata": `{"endpoint":"/api/embeddings","user":{"name":"ada"}}`})
	require.True(t, ok)
	require.Equal(t, OperationChat, c.Operation)
	require.Empty(t, c.Caller.Hints)
	c, ok = readRaw(t, map[string]any{
		"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metadata": `{"id":7,"tools":"search","stream":"no","provider":"openai","model":"gpt-5"}`,
	})
	require.True(t, ok)
	require.Equal(t, []string{"openai", "gpt-5"}, []string{c.Provider, c.RequestModel})
}

// That is all that Ruby's SDK tells of RubyLLM's calls.
func TestCallOfRubyLLM(t *testing.T) {
	f := func(want bool, metadata, metrics string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"braintrust.metadata": metadata, "braintrust.metrics": metrics})
		require.Equal(t, want, ok)
		require.Equal(t, want, c.Operation == OperationChat && c.RequestModel == "gpt-4o-mini" && c.Usage.Input == Known(9))
	}
	f(true, `{"provider":"ruby_llm","model":"gpt-4o-mini"}`, `{"prompt_tokens":9,"completion_tokens":2,"tokens":11,"time_to_first_token":0.4}`)
	f(false, `{"provider":"ruby_llm","model":"gpt-4o-mini"}`, `{"accuracy":0.9}`)
	f(false, `{"model":"gpt-4o-mini"}`, `{"prompt_tokens":9,"completion_tokens":2}`)
}

// Java's SDK keeps Anthropic's message whole, Go's Gemini's answer, and they say of it nothing else.
func TestAnswerInBraintrust(t *testing.T) {
	f := func(wantID string, wantReasons []string, provider, model, answer string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"braintrust.span_attributes": `{"type":"llm"}`, "braintrust.metadata": `{"provider":"` + provider + `","model":"` + model + `"}`,
			"braintrust.output_json": answer,
		})
		require.True(t, ok)
		require.Equal(t, wantID, c.ResponseID)
		require.Equal(t, wantReasons, c.FinishReasons)
	}
	f("msg_1", []string{"end_turn"}, "anthropic", "claude-sonnet-4-5", `{"id":"msg_1","model":"claude-sonnet-4-5","stop_reason":"end_turn"}`)
	f("r1", []string{"MAX_TOKENS"}, "gemini", "gemini-2.5-pro",
		`{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"finishReason":"MAX_TOKENS"}],"responseId":"r1"}`)
	f("", nil, "openai", "text-embedding-3-small", `{"count":2}`)
}
