package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Around its requests LiveKit Agents has spans that say the model, too, and beside them those of what users say and hear.
func TestSpansOfLiveKitAroundRequestsAreNoCalls(t *testing.T) {
	f := func(want bool, name string, attributes map[string]any) {
		t.Helper()
		span := ptrace.NewSpan()
		span.SetName(name)
		require.NoError(t, span.Attributes().FromRaw(attributes))
		var c Call
		require.Equal(t, want, ReadSpan(span, &c), name)
	}
	model := func(model, provider string) map[string]any {
		return map[string]any{"gen_ai.request.model": model, "gen_ai.provider.name": provider}
	}
	f(false, "llm_node", model("gpt-4.1-mini", "api.openai.com"))
	f(false, "tts_node", model("sonic-3", "Cartesia"))
	f(false, "user_turn", model("nova-3", "Deepgram"))
	f(false, "llm_fallback_adapter", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.request.model": "FallbackAdapter", "gen_ai.provider.name": "livekit",
	})
	f(false, "llm_request", map[string]any{"gen_ai.request.model": "FallbackAdapter", "lk.llm_metrics": `{"promptTokens": 100}`})
	f(true, "llm_request", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini", "gen_ai.provider.name": "api.openai.com",
	})
	f(true, "tts_node", map[string]any{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini"})
}

// Servers of one model take any name for it.
func TestTappedCallNamedAsLiveKitsFallbackIsOne(t *testing.T) {
	span := ptrace.NewSpan()
	PutSpan(&Call{Operation: OperationChat, RequestModel: liveKitFallback, Outcome: OutcomeOK}, span)
	require.True(t, ReadSpan(span, &Call{}))
}

// In Python the span has the cached tokens of live answers, in JavaScript their metrics.
func TestCachedTokensOfLiveKitsLiveAnswers(t *testing.T) {
	f := func(put ...func(pcommon.Map)) {
		t.Helper()
		span := ptrace.NewSpan()
		span.Attributes().PutStr("gen_ai.request.model", "gpt-realtime")
		for _, put := range put {
			put(span.Attributes())
		}
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, Known(64), c.Usage.CacheRead)
	}
	metrics := func(m pcommon.Map) {
		m.PutStr("lk.realtime_model_metrics", `{"type":"realtime_model_metrics","request_id":"r","input_token_details":{"cached_tokens":64}}`)
	}
	cached := func(m pcommon.Map) { m.PutInt("gen_ai.usage.input_cached_tokens", 64) }
	f(metrics, cached)
	f(cached, metrics)
	f(func(m pcommon.Map) {
		m.PutStr("lk.realtime_model_metrics", `{"type":"realtime_model_metrics","requestId":"r","inputTokenDetails":{"cachedTokens":64}}`)
	})
}

func TestCallOfLiveKit(t *testing.T) {
	f := func(want Usage, provider string, attributes map[string]any) {
		t.Helper()
		attributes["gen_ai.request.model"] = "claude-sonnet-4-5"
		attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"] = 1200, 80
		span := ptrace.NewSpan()
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)))
		require.NoError(t, span.Attributes().FromRaw(attributes))
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, want, c.Usage)
		require.Equal(t, []string{"chat", provider, "claude-sonnet-4-5", "msg_1"}, []string{
			string(c.Operation), c.Provider, c.ResponseModel, c.ResponseID,
		})
		require.Equal(t, 250*time.Millisecond, c.TimeToFirstChunk)
	}
	usage := Usage{Input: Known(1200), Output: Known(80), CacheRead: Known(1000), CacheWrite: Known(100)}
	f(usage, "anthropic", map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.usage.cache_read.input_tokens": 1000,
		"langfuse.observation.completion_start_time": `"2026-11-01T00:00:00.250000+00:00"`,
		"lk.llm_metrics": `{"type": "llm_metrics", "request_id": "msg_1", "cache_creation_tokens": 100,
			"metadata": {"model_name": "claude-sonnet-4-5", "model_provider": "anthropic"}}`,
	})
	f(usage, "anthropic", map[string]any{
		"langfuse.observation.completion_start_time": "2026-11-01T00:00:00.250Z",
		"lk.llm_metrics": `{"type": "llm_metrics", "requestId": "msg_1", "promptCachedTokens": 1000, "cacheCreationTokens": 100,
			"metadata": {"modelName": "claude-sonnet-4-5", "modelProvider": "anthropic"}}`,
	})
}
