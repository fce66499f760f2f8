package genaiprocessor

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// callsOf gives the calls of a scenario as they leave the processor, said in our names alone.
func callsOf(t *testing.T, scenario string) (calls []genai.Call) {
	t.Helper()
	traces, err := golden.ReadTraces(filepath.Join("testdata", "scenarios", scenario, "in.yaml"))
	require.NoError(t, err)
	out := process(t, createDefaultConfig().(*Config), traces)
	for _, scope := range out.ResourceSpans().At(0).ScopeSpans().All() {
		for _, span := range scope.Spans().All() {
			var call, plain genai.Call
			if !genai.ReadSpan(span, &call) {
				continue
			}
			span.Attributes().Clear()
			genai.PutSpan(&call, span)
			require.True(t, genai.ReadSpan(span, &plain))
			plain.Fidelity = genai.Fidelity{} // only dialects that have the messages are judged
			calls = append(calls, plain)
		}
	}
	return calls
}

func TestOneCallInEveryDialect(t *testing.T) {
	want := callsOf(t, "dialect-current")[0]
	require.Equal(t, genai.Usage{
		Input: genai.Known(1200), Output: genai.Known(80), CacheRead: genai.Known(1000), CacheWrite: genai.Known(100),
		Reasoning: genai.Known(32),
	}, want.Usage)
	require.Equal(t, []string{"get_weather"}, want.ToolNames)
	require.Equal(t, []string{"tool_calls"}, want.FinishReasons)
	require.Equal(t, "s-1", want.ConversationID)
	require.Equal(t, "ada", want.Caller.UserID)
	require.Equal(t, 2, want.Turn)
	require.True(t, want.Cost.Known)
	for _, dialect := range []string{
		"dialect-v1_41", "dialect-v1_36", "dialect-openllmetry", "dialect-openllmetry-current", "dialect-openinference",
	} {
		require.Equal(t, want, callsOf(t, dialect)[0], dialect)
	}
	// What these do not have differs.
	aiSDK := callsOf(t, "dialect-ai-sdk-6")[0]
	require.Equal(t, 250500*time.Microsecond, aiSDK.TimeToFirstChunk)
	aiSDK.SpanID, aiSDK.ParentSpanID, aiSDK.TimeToFirstChunk = want.SpanID, want.ParentSpanID, 0
	aiSDK.SystemFingerprint, aiSDK.ServiceTier = want.SystemFingerprint, want.ServiceTier
	aiSDK.ServerAddress = want.ServerAddress
	require.Equal(t, want, aiSDK)
	for scenario, n := range map[string]int{"dialect-litellm": 0, "dialect-langsmith": 0, "dialect-langfuse": 0} {
		got := callsOf(t, scenario)[n]
		require.Equal(t, want.Operation, got.Operation, scenario)
		require.Equal(t, want.Caller.UserID, got.Caller.UserID, scenario)
		require.Equal(t, []int64{1200, 80}, []int64{got.Usage.Input.N, got.Usage.Output.N}, scenario)
		require.True(t, got.Cost.Known, scenario)
	}
}

// Every scenario of a dialect has so many model calls, of so many tokens: spans around them, which repeat the usage, and
// spans of tools, prompts and guardrails are none.
func TestCallsOfEachDialectCountOnce(t *testing.T) {
	f := func(scenario string, calls int, input, output int64) {
		t.Helper()
		got := callsOf(t, scenario)
		var sum [2]int64
		for _, call := range got {
			sum[0] += call.Usage.Input.N
			sum[1] += call.Usage.Output.N
		}
		require.Len(t, got, calls, scenario)
		require.Equal(t, [2]int64{input, output}, sum, scenario)
	}
	f("dialect-ai-sdk", 1, 1200, 80)
	f("dialect-anthropic-sdk", 3, 1200+1200, 80+20) // one counted tokens
	f("dialect-ai-sdk-6", 1, 1200, 80)
	f("dialect-ai-sdk-7", 2, 2500, 100)
	f("dialect-ai-sdk-embeddings", 2, 1000, 0)
	f("dialect-google-adk", 1, 1200, 80)
	f("dialect-langfuse", 3, 1200+1200+1000, 80+80)
	f("dialect-langsmith", 1, 1200, 80)
	f("dialect-livekit", 2, 1200+100, 80+10) // one in JavaScript
	f("dialect-litellm", 2, 1200+1000, 80)
	f("dialect-litellm-semconv", 1, 1200, 80)
	f("dialect-openinference-kinds", 3, 1200+500, 80)
	f("dialect-gemini-cli", 1, 100, 10)
	f("dialect-mlflow", 2, 1200, 80)
	f("dialect-logfire", 3, 1200+10, 80+5)
	f("dialect-other-operations", 5, 1000+10, 5)
	f("dialect-pydantic-ai", 1, 1200, 80)
	f("dialect-strands", 1, 1700, 80)
	f("dialect-claude-code", 3, 1200+1200, 80+20) // one failed
	f("dialect-vercel-ai-gateway", 1, 1200, 80)
	f("dialect-genkit", 4, 1200+160, 80+20)
	f("dialect-other-names", 7, 10+100+10+10+10+1000, 5+50+5+5+5+100)
}

// Logfire tells of a stream's beginning in a span and of its end in a log.
func TestStreamOfLogfireTakesItsWholeTime(t *testing.T) {
	stream := callsOf(t, "dialect-logfire")[0]
	require.Equal(t, 2750*time.Millisecond, stream.Duration)
	require.Equal(t, int64(1_793_491_200_250), stream.Start.UnixMilli())
	require.True(t, stream.Stream)
}

// LiteLLM's newer integration has names of its own for the caller, and the conventions' for the call.
func TestCallOfLiteLLMInTheConventionsNames(t *testing.T) {
	call := callsOf(t, "dialect-litellm-semconv")[0]
	require.Equal(t, []string{"ada", "core", "s-1"}, []string{call.Caller.UserID, call.Caller.Team, call.ConversationID})
	require.True(t, call.Stream)
	require.Equal(t, 1, call.ToolsOffered)
	require.True(t, call.Cost.Known)
}

// MLflow's attributes are JSON as text.
func TestCallOfMLflow(t *testing.T) {
	call := callsOf(t, "dialect-mlflow")[0]
	require.Equal(t, []string{"openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "chatcmpl-1"},
		[]string{call.Provider, call.RequestModel, call.ResponseModel, call.ResponseID})
	require.Equal(t, genai.Known(1000), call.Usage.CacheRead)
	require.Equal(t, []string{"stop"}, call.FinishReasons)
	require.True(t, call.Stream)
	require.True(t, call.Cost.Known)
}

// The request's user counts where the span says no other.
func TestUserAmongTheParametersOfADialect(t *testing.T) {
	f := func(want string, attributes map[string]any) {
		t.Helper()
		traces := ptrace.NewTraces()
		span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		require.NoError(t, span.Attributes().FromRaw(attributes))
		span.Attributes().PutStr("openinference.span.kind", "LLM")
		span.Attributes().PutStr("llm.invocation_parameters", `{"model":"m","user":"hash-of-ada"}`)
		out := process(t, createDefaultConfig().(*Config), traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		require.Equal(t, want, out.Attributes().AsRaw()["user.id"])
	}
	f("hash-of-ada", nil)
	f("ada", map[string]any{"user.id": "ada"})
}

// Microsoft's agent framework leaves the cache out of Anthropic's input. What was completed is priced, and left to the exporter as it is.
func TestCostOfMicrosoftsAgentFramework(t *testing.T) {
	traces := ptrace.NewTraces()
	scope := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	scope.Scope().SetName("agent_framework")
	for _, operation := range []string{"chat", "invoke_agent"} {
		require.NoError(t, scope.Spans().AppendEmpty().Attributes().FromRaw(map[string]any{
			"gen_ai.operation.name": operation, "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
			"gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80,
			"gen_ai.usage.cache_read.input_tokens": 300, "gen_ai.usage.cache_creation.input_tokens": 100,
		}))
	}
	var call genai.Call
	for range 2 { // the second is another Collector's
		spans := process(t, createDefaultConfig().(*Config), traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans()
		require.True(t, genai.ReadSpan(spans.At(0), &call))
		require.Equal(t, genai.Known(900), call.Usage.Input)
		require.InDelta(t, (500*3+300*0.3+100*3.75+80*15)/1e6, call.Cost.Amount.USD(), 1e-9)
		require.False(t, genai.ReadSpan(spans.At(1), &call))
	}
}

// Dify's spans of a workflow's nodes, of which only the model's is a call, in Alibaba's conventions.
func TestCallOfDify(t *testing.T) {
	traces := ptrace.NewTraces()
	spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, kind := range []string{"CHAIN", "LLM", "TASK"} {
		require.NoError(t, spans.AppendEmpty().Attributes().FromRaw(map[string]any{
			"gen_ai.span.kind": kind, "gen_ai.framework": "dify", "gen_ai.request.model": "gpt-4o", "gen_ai.user.id": "ada",
			"gen_ai.session.id": "s-1", "gen_ai.provider.name": "langgenius/openai/openai", "gen_ai.response.finish_reason": "stop",
			"gen_ai.usage.input_tokens": "1000", "gen_ai.usage.output_tokens": "100", "gen_ai.usage.total_tokens": "1100",
		}))
	}
	spans = process(t, createDefaultConfig().(*Config), traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	var call genai.Call
	require.False(t, genai.ReadSpan(spans.At(0), &call))
	require.False(t, genai.ReadSpan(spans.At(2), &call))
	require.True(t, genai.ReadSpan(spans.At(1), &call))
	require.Equal(t, []string{"ada", "s-1", "openai"}, []string{call.Caller.UserID, call.ConversationID, call.Provider})
	require.InDelta(t, (1000*2.5+100*10)/1e6, call.Cost.Amount.USD(), 1e-9)
}

// AG2 tells of the use of a call in a span beside the call's.
func TestCallOfAG2CountsOnce(t *testing.T) {
	traces := ptrace.NewTraces()
	scope := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	scope.Scope().SetName("opentelemetry.instrumentation.ag2")
	for i, attributes := range []map[string]any{
		{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}, {"ag2.span.type": "usage", "ag2.usage.kind": "model_call"},
	} {
		span := scope.Spans().AppendEmpty()
		require.NoError(t, span.Attributes().FromRaw(attributes))
		span.Attributes().PutStr("gen_ai.provider.name", "openai")
		span.Attributes().PutStr("gen_ai.response.model", "gpt-5")
		span.Attributes().PutInt("gen_ai.usage.input_tokens", 100)
		span.SetTraceID([16]byte{1})
		span.SetSpanID([8]byte{byte(i + 1)})
		span.SetParentSpanID([8]byte{9})
	}
	counted := 0
	for _, span := range process(t, createDefaultConfig().(*Config), traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		if genai.ReadSpan(span, new(genai.Call)) {
			counted++
		}
	}
	require.Equal(t, 1, counted)
}

// OpenInference's spans of LiteLLM have the text of an answer, which may be an object that the application asked for, with an id of its own.
// What a prompt gives several times at once are as many calls.
func TestCallsWhoseObjectsHaveOneIDCount(t *testing.T) {
	traces := ptrace.NewTraces()
	scope := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	scope.Scope().SetName("openinference.instrumentation.litellm")
	for i := range 3 {
		span := scope.Spans().AppendEmpty()
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"openinference.span.kind": "LLM", "llm.model_name": "gpt-5-mini", "llm.token_count.prompt": 200, "llm.token_count.completion": 14,
			"output.value": `{"id":"ticket-12","label":"refund"}`,
		}))
		span.SetTraceID([16]byte{1})
		span.SetSpanID([8]byte{byte(i + 1)})
		span.SetParentSpanID([8]byte{9})
		span.SetStartTimestamp(1_793_491_200e9)
		span.SetEndTimestamp(1_793_491_202e9)
	}
	counted := 0
	for _, span := range process(t, createDefaultConfig().(*Config), traces).ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		var call genai.Call
		if genai.ReadSpan(span, &call) {
			require.Empty(t, call.ResponseID)
			counted++
		}
	}
	require.Equal(t, 3, counted)
}
