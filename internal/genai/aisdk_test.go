package genai

import (
	"maps"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Up to version 5 the AI SDK has what Anthropic and Bedrock say of their caches, and Google of its reasoning, in the words of the provider
// only, and leaves it out of input and output.
func TestPartsThatOnlyTheProviderTells(t *testing.T) {
	f := func(input int, metadata string, want Usage, more map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"ai.operationId": "ai.generateText.doGenerate", "gen_ai.system": "anthropic.messages", "gen_ai.request.model": "claude-sonnet-4-5",
			"gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": 50, "ai.usage.promptTokens": input,
			"ai.response.providerMetadata": metadata,
		}
		maps.Copy(attributes, more)
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	cached := Usage{Input: Known(100), Output: Known(50), CacheRead: Known(20), CacheWrite: Known(10)}
	long := cached
	long.CacheWriteLong = Known(4)
	const raw = `{"anthropic":{"usage":{"input_tokens":70,"cache_read_input_tokens":20,"cache_creation_input_tokens":10,` +
		`"cache_creation":{"ephemeral_1h_input_tokens":4}},"cacheCreationInputTokens":10}}`
	f(70, `{"anthropic":{"cacheCreationInputTokens":10,"cacheReadInputTokens":20}}`, cached, nil) // 4
	f(70, `{"bedrock":{"usage":{"cacheReadInputTokens":20,"cacheWriteInputTokens":10}}}`, cached, nil)
	f(70, raw, long, nil) // 5
	f(70, raw, long, map[string]any{"ai.usage.cachedInputTokens": 20, "ai.usage.totalTokens": 120})
	f(100, raw, long, nil) // 6
	f(100, raw, long, map[string]any{
		"ai.usage.inputTokenDetails.cacheReadTokens": 20, "ai.usage.inputTokenDetails.cacheWriteTokens": 10, "ai.usage.totalTokens": 150,
	})
	f(100, `{"google":{"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":50,"thoughtsTokenCount":7,"cachedContentTokenCount":20}}}`,
		Usage{Input: Known(100), Output: Known(57), CacheRead: Known(20), Reasoning: Known(7)}, nil) // 5
	f(100, `{"google":{"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":43,"thoughtsTokenCount":7,"totalTokenCount":150}}}`,
		Usage{Input: Known(100), Output: Known(50), Reasoning: Known(7)}, nil) // 6
	f(100, `{"openai":{"cachedPromptTokens":20,"reasoningTokens":7}}`,
		Usage{Input: Known(100), Output: Known(50), CacheRead: Known(20), Reasoning: Known(7)}, nil)
	for _, nothing := range []string{
		"", `[]`, `{"anthropic":{"cacheReadInputTokens":-1}}`, `{"anthropic":{"cacheReadInputTokens":null}}`, `{"bedrock":{"usage":null}}`,
	} {
		f(70, nothing, Usage{Input: Known(70), Output: Known(50)}, nil)
	}
}

// Speech and transcriptions have one span, decisions one within another, which repeats them.
func TestAISDKOperations(t *testing.T) {
	type call struct {
		op     Operation
		stream bool
	}
	f := func(want call, legacy, own map[string]any) {
		t.Helper()
		for _, attributes := range []map[string]any{legacy, own} {
			c, ok := readRaw(t, attributes)
			require.True(t, ok, attributes)
			require.Equal(t, want, call{c.Operation, c.Stream}, attributes)
			require.Equal(t, []string{"openai", "m"}, []string{c.Provider, c.RequestModel}, attributes)
		}
	}
	f(call{op: OperationSpeech},
		map[string]any{"ai.operationId": "ai.generateSpeech", "ai.model.provider": "openai.speech", "ai.model.id": "m"},
		map[string]any{AttrOperationName: "ai.generateSpeech", AttrProviderName: "openai", AttrRequestModel: "m"})
	f(call{op: OperationTranscription},
		map[string]any{"ai.operationId": "ai.transcribe", "ai.model.provider": "openai.transcription", "ai.model.id": "m"},
		map[string]any{AttrOperationName: "ai.transcribe", AttrProviderName: "openai", AttrRequestModel: "m"})
	f(call{OperationTranscription, true},
		map[string]any{"ai.operationId": "ai.streamTranscribe", "ai.model.provider": "openai.transcription", "ai.model.id": "m"},
		map[string]any{AttrOperationName: "ai.streamTranscribe", AttrProviderName: "openai", AttrRequestModel: "m", AttrRequestStream: true})
	f(call{op: OperationDecision},
		map[string]any{"ai.operationId": "ai.decide.doDecide", "ai.model.provider": "openai", "ai.model.id": "m"},
		map[string]any{AttrOperationName: "decide", AttrProviderName: "openai", AttrRequestModel: "m"})
	_, ok := readRaw(t, map[string]any{"ai.operationId": "ai.decide", "ai.model.provider": "openai", "ai.model.id": "m"})
	require.False(t, ok)
}

// OpenInference's span processor adds its own names to the AI SDK's spans, and what they say is one thing.
func TestAISDKInOpenInference(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"ai.operationId": "ai.streamText.doStream", "gen_ai.system": "openai.chat", "gen_ai.request.model": "gpt-5-mini",
		"ai.response.toolCalls":   `[{"toolCallId":"call_3","toolName":"get_weather","input":{"city":"Paris"}}]`,
		"openinference.span.kind": "LLM", "llm.model_name": "gpt-5-mini", "llm.invocation_parameters": `{"maxRetries":1}`,
		"llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "get_weather",
	})
	require.True(t, ok)
	require.Equal(t, []string{"get_weather"}, c.ToolNames)
	require.Equal(t, 1, c.ToolCalls)
	require.True(t, c.Stream)
}

// The tier decides the price.
func TestServiceTierThatOnlyTheProviderTells(t *testing.T) {
	f := func(want, metadata string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"ai.operationId": "ai.generateText.doGenerate", "gen_ai.system": "openai.responses", "gen_ai.request.model": "gpt-5-mini",
			"ai.response.providerMetadata": metadata,
		})
		require.True(t, ok)
		require.Equal(t, want, c.ServiceTier)
	}
	f("flex", `{"openai":{"responseId":"resp_35","serviceTier":"flex"}}`)
	f("batch", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"batch"},"cacheCreationInputTokens":null}}`)
	f("flex", `{"azure":{"responseId":"resp_35","serviceTier":"flex"}}`)
	f("fast", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"standard","speed":"fast"}}}`)
	f("standard", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"standard","speed":"standard"}}}`)
	f("standard", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"standard","inference_geo":"global"}}}`)
	f("us", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"standard","inference_geo":"us"}}}`)
	f("batch-us", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"batch","inference_geo":"us"}}}`)
	f("fast-us", `{"anthropic":{"usage":{"input_tokens":70,"service_tier":"standard","speed":"fast","inference_geo":"us"}}}`)
	f("", `{"openai":{"responseId":"resp_35"}}`)
}

// Anthropic charges for what its server searched, besides the tokens.
func TestHostedToolsThatOnlyTheProviderTells(t *testing.T) {
	f := func(want bool, tools string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"ai.operationId": "ai.generateText.doGenerate", "gen_ai.system": "anthropic.messages", "gen_ai.request.model": "claude-sonnet-4-6",
			"ai.response.providerMetadata": `{"anthropic":{"usage":{"input_tokens":70,"server_tool_use":` + tools + `}}}`,
		})
		require.True(t, ok)
		require.Equal(t, want, c.Usage.HostedTools)
	}
	f(false, `null`)
	f(false, `{"web_search_requests":0,"web_fetch_requests":2}`)
	f(true, `{"web_search_requests":1,"web_fetch_requests":0}`)
}

// OpenInference's span processor repeats the answer, which may be an object that the application asked for.
func TestServiceTierBesideAnObject(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"ai.operationId": "ai.generateObject.doGenerate", "gen_ai.system": "openai.responses", "gen_ai.request.model": "gpt-5-mini",
		"ai.response.id": "resp_35", "ai.response.providerMetadata": `{"openai":{"serviceTier":"flex"}}`, "ai.response.object": `{"city":"Paris"}`,
		"openinference.span.kind": "LLM", "output.value": `{"city":"Paris"}`, "output.mime_type": "application/json",
	})
	require.True(t, ok)
	require.Equal(t, []string{"flex", "resp_35"}, []string{c.ServiceTier, c.ResponseID})
}

func TestTimeToFirstChunkThatIsNone(t *testing.T) {
	for given, want := range map[float64]time.Duration{150.5: 150500 * time.Microsecond, -1: 0, 1e300: 0, math.Inf(1): 0} {
		c, ok := readRaw(t, map[string]any{
			"ai.operationId": "ai.streamText.doStream", "gen_ai.system": "openai.chat", "gen_ai.request.model": "m", "ai.response.msToFirstChunk": given,
		})
		require.True(t, ok)
		require.Equal(t, want, c.TimeToFirstChunk)
	}
}

// The AI SDK says why an answer ended in its own name and in the conventions'.
func TestReasonsThatTheConventionsNameHasTakeNoMemory(t *testing.T) {
	f := func(more map[string]any) float64 {
		span := ptrace.NewSpan()
		attributes := map[string]any{
			"ai.operationId": "ai.generateText.doGenerate", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini",
			"ai.response.finishReason": "stop",
		}
		maps.Copy(attributes, more)
		require.NoError(t, span.Attributes().FromRaw(attributes))
		var c Call
		c.Reuse()
		return testing.AllocsPerRun(10, func() { require.True(t, ReadSpan(span, &c)) })
	}
	require.Less(t, f(map[string]any{AttrResponseFinishReasons: []any{"stop"}}), f(nil))
}
