package genai

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func fullCall() Call {
	return Call{
		TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{2}, ParentSpanID: pcommon.SpanID{3},
		TraceFlags: TraceSampled | TraceRemoteKnown,
		Start:      time.Unix(1_760_000_000, 123_456_000).UTC(), Duration: 1500 * time.Millisecond,
		Caller: Caller{
			UserID: "ada", Team: "core", App: "chat", Environment: "prod", KeyHash: "00ff",
			Labels: map[string]string{"tier": "gold"}, Hints: []Hint{{AttrCallerHeaderPrefix + "x-user-id", "ada"}},
		},
		Operation: OperationChat, Provider: "openai", APIType: "chat_completions", Upstream: "vllm",
		ServerAddress: "10.0.0.1", ServerPort: 8000, ServerVersion: "vllm/0.26.0", RequestModel: "qwen", ResponseModel: "qwen3",
		Stream: true, HTTPStatus: 200, Outcome: OutcomeClientError, ErrorType: ErrorRateLimit, FinishReasons: []string{"stop"},
		ResponseID: "chatcmpl-1", PreviousResponseID: "resp_0", SystemFingerprint: "fp", ServiceTier: "flex",
		ConversationID: "c1", DerivedConversationID: "d1", ConversationTurn: 2, HistoryTokens: Known(80),
		History:          &History{Answers: 1, Root: 1 << 63, Whole: 2, Tail: 3, Wholes: []uint64{4, 5}, Tails: []uint64{6, 7}},
		TimeToFirstChunk: 120 * time.Millisecond, MaxGap: 30 * time.Millisecond, Chunks: 17, TapOverhead: 40 * time.Microsecond,
		Usage: Usage{
			Input: Known(100), Output: Known(0), CacheRead: Known(60), CacheWrite: Known(5), Reasoning: Known(7),
			AudioInput: Known(1), AudioOutput: Known(2), ImageInput: Known(3), ImageOutput: Known(4), Source: UsageInjected,
		},
		Cost:         Cost{Amount: 123_456_789, Known: true, Source: "config", PriceVersion: "2026-11-01"},
		ToolsOffered: 2, ToolCalls: 1, ToolNames: []string{"weather"}, InputImages: 1, InputAudios: 2, InputFiles: 3,
		ResponseFormat: "json_schema", PromptHash: 1 << 63, PromptVersion: 5, ToolCallHash: 6, Turn: 3, Retry: 1, Ticket: 9,
		ClientRequestID: "mine", ServerRequestID: "req_1", RetryAfter: 1500 * time.Millisecond,
		RateLimits: []RateLimit{
			{Kind: "requests", Limit: Known(60), Remaining: Known(0), Reset: time.Second},
			{Kind: "tokens_minute", Remaining: Known(5)},
		},
		ContextLimit: Known(4096), ContextTokens: Known(5000),
		RequestBytes: 1000, ResponseBytes: 2000, RequestTruncated: true, ResponseTruncated: true,
		Fidelity: Fidelity{
			Applicable: []string{"a", "b"}, ApplicableText: "a,b", Failed: []string{"a"}, Suspected: []string{"b"}, Undecidable: []string{"c"},
			Noted: []string{"d"}, Evidence: []string{"a: x"},
		},
		Content: &Content{Request: "{}", Response: "[]"},
	}
}

func TestSpanRoundTrip(t *testing.T) {
	want := fullCall()
	span := ptrace.NewSpan()
	PutSpan(&want, span)
	var got Call
	require.True(t, ReadSpan(span, &got))
	require.Equal(t, want, got)
	require.Equal(t, "chat qwen", span.Name())
	require.Equal(t, ptrace.StatusCodeError, span.Status().Code())
}

func TestPutAccountingReplacesWhatWasThere(t *testing.T) {
	call := fullCall()
	span := ptrace.NewSpan()
	PutSpan(&call, span)
	call.Caller.UserID, call.Caller.Team, call.ConversationID = "bob", "", ""
	call.Cost = Cost{Source: "unknown"}
	PutAccounting(&call, span)
	var got Call
	require.True(t, ReadSpan(span, &got))
	call.Caller.Hints, call.History = nil, nil
	require.Equal(t, call, got)
}

func TestAbsentIsNotZero(t *testing.T) {
	call := Call{Operation: OperationChat, Usage: Usage{Output: Known(0)}}
	span := ptrace.NewSpan()
	PutSpan(&call, span)
	_, hasInput := span.Attributes().Get(AttrInputTokens)
	_, hasOutput := span.Attributes().Get(AttrOutputTokens)
	_, hasCost := span.Attributes().Get(AttrCostUSD)
	require.Equal(t, []bool{false, true, false}, []bool{hasInput, hasOutput, hasCost})
}

func TestOtherSpansAreNoCalls(t *testing.T) {
	f := func(operation string) {
		t.Helper()
		span := ptrace.NewSpan()
		span.Attributes().PutStr(AttrOperationName, operation)
		require.False(t, ReadSpan(span, &Call{}))
	}
	f("invoke_agent")
	f("execute_tool")
	f("")
}

func TestIDFollowsFromTraceAndSpan(t *testing.T) {
	a := Call{TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{2}}
	b := Call{TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{2}, RequestModel: "other"}
	c := Call{TraceID: pcommon.TraceID{1}, SpanID: pcommon.SpanID{3}}
	require.Equal(t, a.ID(), b.ID())
	require.NotEqual(t, a.ID(), c.ID())
	require.EqualValues(t, 8, a.ID().Version())
}

// PutSpan does not look whether a name is there already, and a name has one reader.
func TestNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, fields := range [][]field{whatFields, outcomeFields, usageFields, requestFields, fidelityFields, accountingFields, readOnlyFields} {
		for _, f := range fields {
			require.False(t, seen[f.name], f.name)
			seen[f.name] = true
		}
	}
	others := slices.Collect(maps.Values(otherNames))
	for _, names := range append(dialects, commonNames) {
		others = append(others, slices.Collect(maps.Keys(names)))
	}
	for _, names := range others {
		for _, name := range names {
			require.False(t, seen[name], name)
			seen[name] = true
		}
	}
}
