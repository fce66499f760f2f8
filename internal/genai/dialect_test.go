package genai

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readRaw reads a span, and once more as the processor leaves it to the exporter: nothing is added to its tokens a second time.
func readRaw(t *testing.T, attributes map[string]any) (Call, bool) {
	t.Helper()
	span := ptrace.NewSpan()
	require.NoError(t, span.Attributes().FromRaw(attributes))
	var c, again Call
	ok := ReadSpan(span, &c)
	if ok {
		accounted := ptrace.NewSpan()
		span.CopyTo(accounted)
		PutAccounting(&c, accounted)
		require.True(t, ReadSpan(accounted, &again))
		require.Equal(t, c.Usage, again.Usage)
	}
	requireSameStripped(t, span)
	return c, ok
}

// requireSameStripped demands that a span reads the same when it is stripped, but for what is of use only before that.
func requireSameStripped(t *testing.T, span ptrace.Span) {
	t.Helper()
	stripped := ptrace.NewSpan()
	span.CopyTo(stripped)
	var before, after Call
	Strip(stripped, new(Call))
	isCall := ReadSpan(span, &before)
	require.Equal(t, isCall, ReadSpan(stripped, &after))
	if isCall {
		before.Caller.Hints, before.History, before.foreign = nil, nil, false
		require.Equal(t, before, after)
	}
}

func TestPresentNamesGoBeforeOldOnes(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.operation.name": "chat", "llm.request.type": "completion", "gen_ai.provider.name": "x_ai", "gen_ai.system": "xai",
		"gen_ai.usage.input_tokens": 7, "gen_ai.usage.prompt_tokens": 70, "gen_ai.request.model": "a", "llm.model_name": "b",
	})
	require.True(t, ok)
	require.Equal(t, OperationChat, c.Operation)
	require.Equal(t, "x_ai", c.Provider)
	require.Equal(t, Known(7), c.Usage.Input)
	require.Equal(t, []string{"a", "b"}, []string{c.RequestModel, c.ResponseModel})
}

func TestKindsOfForeignSpans(t *testing.T) {
	f := func(want Operation, attributes map[string]any) {
		t.Helper()
		c, ok := readRaw(t, attributes)
		require.Equal(t, want != "", ok)
		require.Equal(t, want, c.Operation)
	}
	f(OperationEmbeddings, map[string]any{"openinference.span.kind": "EMBEDDING", "embedding.model_name": "e"})
	f("", map[string]any{"openinference.span.kind": "AGENT", "llm.system": "openai", "llm.model_name": "m"})
	f(OperationTextCompletion, map[string]any{"llm.request.type": "completion"})
	f(OperationRerank, map[string]any{"llm.request.type": "rerank", "gen_ai.system": "cohere"})
	f("", map[string]any{"llm.request.type": "tool", "gen_ai.system": "cohere"})
	f(OperationChat, map[string]any{"gen_ai.system": "anthropic", "gen_ai.request.model": "claude"})
	f("", map[string]any{"gen_ai.system": "anthropic"})
	f("", map[string]any{"http.request.method": "POST", "server.address": "api.openai.com"})
	f("", map[string]any{"gen_ai.operation.name": "invoke_agent", "llm.request.type": "chat"})
	f(OperationChat, map[string]any{"gen_ai.operation.name": "acompletion", "llm.request.type": "acompletion"})
	f(OperationChat, map[string]any{"gen_ai.operation.name": "call_llm", "gen_ai.request.model": "m"})
	f(OperationRerank, map[string]any{"openinference.span.kind": "RERANKER", "reranker.model_name": "r"})
	f(OperationEmbeddings, map[string]any{"ai.operationId": "ai.embed.doEmbed", "ai.model.id": "e"})
	f("", map[string]any{"ai.operationId": "ai.embed", "ai.model.id": "e", "ai.model.provider": "openai"})
	f("", map[string]any{"gen_ai.operation.name": "chat", "langsmith.span.kind": "prompt"})
	f("", map[string]any{"gen_ai.operation.name": "chat", "openclaw.model": "m", "openclaw.tokens.total": 5})
	f(OperationChat, map[string]any{"gen_ai.operation.name": "chat", "openclaw.model": "m", "openclaw.api": "openai-completions"})
	f("", map[string]any{"langfuse.observation.type": "span", "langfuse.observation.model.name": "m"})
}

func TestModelThatIsNoneIsUnknown(t *testing.T) {
	f := func(want, model, outcome string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": model, "llmtap.outcome": outcome,
		})
		require.True(t, ok)
		require.Equal(t, []string{"gpt-4o", want}, []string{c.RequestModel, c.ResponseModel})
	}
	f("", "none", "")
	f("", "unknown", "")
	f("unknown", "unknown", "ok") // a server's, as the tap saw it
}

func TestTimeToFirstTokenOfStreams(t *testing.T) {
	f := func(want time.Duration, stream bool) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.request.is_stream": stream, "gen_ai.server.time_to_first_token": 0.25,
		})
		require.True(t, ok)
		require.Equal(t, want, c.TimeToFirstChunk)
	}
	f(250*time.Millisecond, true)
	f(0, false) // OpenLIT says the whole time
}

func TestSoundOfMastra(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.usage.audio_input_tokens": 3, "gen_ai.usage.audio_output_tokens": 2,
	})
	require.True(t, ok)
	require.Equal(t, []Count{Known(3), Known(2)}, []Count{c.Usage.AudioInput, c.Usage.AudioOutput})
}

func TestDetailsOfBifrost(t *testing.T) {
	want := Usage{
		Input: Known(100), Output: Known(50), CacheWrite: Known(20), CacheWriteLong: Known(15), AudioInput: Known(7), ImageInput: Known(6),
		AudioOutput: Known(5), ImageOutput: Known(4),
	}
	for _, sides := range [][2]string{{"prompt", "completion"}, {"input", "output"}} {
		input, output := "gen_ai.usage."+sides[0]+"_token_details.", "gen_ai.usage."+sides[1]+"_token_details."
		c, ok := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
			"gen_ai.usage.cache_creation.input_tokens": 20, input + "cached_write_tokens_1h": 15, input + "cached_write_tokens_5m": 5,
			input + "text_tokens": 67, input + "audio_tokens": 7, input + "image_tokens": 6, output + "audio_tokens": 5, output + "image_tokens": 4,
		})
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
		c, ok = readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
			input + "cached_read_tokens": 30, input + "cached_write_tokens": 20, output + "reasoning_tokens": 10,
		})
		require.True(t, ok)
		require.Equal(t, Usage{
			Input: Known(100), Output: Known(50), CacheRead: Known(30), CacheWrite: Known(20), Reasoning: Known(10),
		}, c.Usage)
	}
}

func TestListsInAttributes(t *testing.T) {
	c, ok := readRaw(t, map[string]any{
		"gen_ai.operation.name":                  "chat",
		"gen_ai.completion.10.tool_calls.0.name": "last", "gen_ai.completion.2.tool_calls.1.name": "second",
		"gen_ai.completion.2.tool_calls.0.name": "first", "gen_ai.prompt.65535.role": "user", "gen_ai.prompt.65536.role": "user",
		"gen_ai.prompt.-1.role": "user", "gen_ai.prompt.x.role": "user", "gen_ai.completion.1.finish_reason": "b",
		"gen_ai.completion.0.finish_reason": "a", "gen_ai.openai.api_base": "http://10.0.0.1:8000/v1",
	})
	require.True(t, ok)
	require.Equal(t, []string{"first", "second", "last"}, c.ToolNames)
	require.Equal(t, 3, c.ToolCalls)
	require.Equal(t, indexMax, c.Turn)
	require.Equal(t, []string{"a", "b"}, c.FinishReasons)
	require.Equal(t, "10.0.0.1", c.ServerAddress)
	require.Equal(t, 8000, c.ServerPort)
}

func TestStructuredAndTextMessages(t *testing.T) {
	parts := []any{map[string]any{"type": "text"}, map[string]any{"type": "tool_call", "name": "f"}}
	c, _ := readRaw(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.input.messages": []any{map[string]any{}, map[string]any{}},
		"gen_ai.output.messages": []any{map[string]any{"parts": parts}},
	})
	require.Equal(t, 2, c.Turn)
	require.Equal(t, []string{"f"}, c.ToolNames)
	long := func(n int) int {
		c, _ := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.input.messages": "[{}" + strings.Repeat(" ", n-4) + "]",
		})
		return c.Turn
	}
	require.Equal(t, 1, long(messagesBytesMax))
	require.Equal(t, 0, long(messagesBytesMax+1))
}

func TestSpansOfSDKsAreMended(t *testing.T) {
	usage := func(input, read, write int) Count {
		c, _ := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": input,
			"gen_ai.usage.cache_read.input_tokens": read, "gen_ai.usage.cache_creation.input_tokens": write,
		})
		return c.Usage.Input
	}
	require.Equal(t, Known(100), usage(100, 60, 40))
	require.Equal(t, Known(201), usage(100, 60, 41))

	// The total tells more than the sizes: what it needs beside input and output is not in them.
	total := func(total int) [2]int64 {
		c, _ := readRaw(t, map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
			"gen_ai.usage.cache_read.input_tokens": 30, "gen_ai.usage.reasoning.output_tokens": 20, "gen_ai.usage.total_tokens": total,
		})
		return [2]int64{c.Usage.Input.N, c.Usage.Output.N}
	}
	require.Equal(t, [2]int64{100, 50}, total(150))
	require.Equal(t, [2]int64{130, 50}, total(180))
	require.Equal(t, [2]int64{100, 70}, total(170))
	require.Equal(t, [2]int64{130, 70}, total(200))
	require.Equal(t, [2]int64{100, 50}, total(151), "a total of something else")
	c, _ := readRaw(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 10, "gen_ai.usage.input_tokens": 1,
		"gen_ai.usage.reasoning.output_tokens": 32,
	})
	require.Equal(t, Known(42), c.Usage.Output)

	c, _ = readRaw(t, map[string]any{"gen_ai.operation.name": "fetch_response", "gen_ai.usage.input_tokens": 100})
	require.Equal(t, Usage{}, c.Usage)

	span := ptrace.NewSpan()
	span.Attributes().PutStr(AttrOperationName, "chat")
	span.Status().SetCode(ptrace.StatusCodeError)
	ReadSpan(span, &c)
	require.Equal(t, errorOther, c.ErrorType)
	span.Events().AppendEmpty().Attributes().PutStr("exception.type", "openai.RateLimitError")
	ReadSpan(span, &c)
	require.Equal(t, "openai.RateLimitError", c.ErrorType)
}

// Whoever comes after the processor reads the counts that it mended and priced, and must not mend them once more.
func TestMendedCountsStay(t *testing.T) {
	f := func(cached, reasoning, total int, want [2]int64) {
		t.Helper()
		span := ptrace.NewSpan()
		require.NoError(t, span.Attributes().FromRaw(map[string]any{
			"openinference.span.kind": "LLM", "llm.token_count.prompt": 100, "llm.token_count.completion": 50, "llm.token_count.total": total,
			"llm.token_count.prompt_details.cache_read": cached, "llm.token_count.completion_details.reasoning": reasoning,
		}))
		for range 2 {
			var c Call
			require.True(t, ReadSpan(span, &c))
			require.Equal(t, want, [2]int64{c.Usage.Input.N, c.Usage.Output.N})
			PutAccounting(&c, span)
		}
	}
	f(900, 70, 1050, [2]int64{1000, 120})
	f(900, 70, 220, [2]int64{1000, 120})
	f(900, 70, 1120, [2]int64{1000, 120})
	f(70, 70, 220, [2]int64{170, 120})
	f(900, 20, 150, [2]int64{1000, 50})
}

// The ADK leaves the reasoning out of the output as long as it has this name for it.
func TestReasoningOfTheADK(t *testing.T) {
	f := func(name string, want int64) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-flash",
			"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50, name: 7,
		})
		require.True(t, ok)
		require.Equal(t, Usage{Input: Known(100), Output: Known(want), Reasoning: Known(7)}, c.Usage)
	}
	f("gen_ai.usage.experimental.reasoning_tokens", 57)
	f("gen_ai.usage.reasoning.output_tokens", 50)
}

// Of Gemini's reasoning, OpenLLMetry tells in the total only.
func TestReasoningInTheTotalOnly(t *testing.T) {
	f := func(model string, total int, want Usage) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{
			"gen_ai.system": "Google", "llm.request.type": "completion", "gen_ai.request.model": model, "llm.usage.total_tokens": total,
			"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 50,
		})
		require.True(t, ok)
		require.Equal(t, want, c.Usage)
	}
	apart := Usage{Input: Known(100), Output: Known(50)}
	f("gemini-2.5-pro", 157, Usage{Input: Known(100), Output: Known(57), Reasoning: Known(7)})
	f("models/gemini-2.5-pro", 157, Usage{Input: Known(100), Output: Known(57), Reasoning: Known(7)})
	f("gemini-2.5-pro", 150, apart)
	f("gemini-2.5-pro", 50, apart)
	f("gemini-2.5-pro", TokensMax+1, apart)
	f("claude-sonnet-4-5", 157, apart)
}

// Pydantic AI gives details in the words of each provider, and in its own from some version on.
func TestDetailsOfPydanticAI(t *testing.T) {
	f := func(want Usage, details map[string]any) {
		t.Helper()
		attributes := map[string]any{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 50,
		}
		for name, value := range details {
			attributes["gen_ai.usage.details."+name] = value
		}
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		want.Input, want.Output = Known(100), Known(50)
		require.Equal(t, want, c.Usage)
	}
	anthropic := map[string]any{"input_tokens": 50, "output_tokens": 50, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 20}
	f(Usage{CacheRead: Known(30), CacheWrite: Known(20)}, anthropic)
	anthropic["cache_read_tokens"], anthropic["cache_write_tokens"], anthropic["thinking_tokens"] = 30, 20, 7
	f(Usage{CacheRead: Known(30), CacheWrite: Known(20), Reasoning: Known(7)}, anthropic)
	f(Usage{CacheRead: Known(30), Reasoning: Known(7)}, map[string]any{"cached_tokens": 30, "reasoning_tokens": 7})
	f(Usage{CacheRead: Known(30), Reasoning: Known(7)}, map[string]any{"cached_content_tokens": 30, "thoughts_tokens": 7, "text_prompt_tokens": 70})
}
