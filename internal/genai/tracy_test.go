package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// JetBrains' Tracy has for an operation what type the answer has, or the method of Gemini's API.
func TestReadTracy(t *testing.T) {
	c := readScope(t, "tracy", map[string]any{
		"gen_ai.api_base": "https://api.anthropic.com", "gen_ai.system": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
		"gen_ai.metadata.user_id": "ada", "gen_ai.prompt.0.role": "user", "gen_ai.response.id": "msg_1", "gen_ai.output.type": "message",
		"gen_ai.operation.name": "message", "gen_ai.response.model": "claude-sonnet-4-5", "gen_ai.completion.0.type": "text",
		"gen_ai.response.finish_reasons": []any{"end_turn"}, "gen_ai.usage.input_tokens": 500, "gen_ai.usage.output_tokens": 80,
		"gen_ai.usage.cache_creation.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 300, "http.status_code": 200,
	})
	require.Equal(t, OperationChat, c.Operation)
	require.Equal(t, "api.anthropic.com", c.ServerAddress)
	require.Equal(t, Usage{Input: Known(900), Output: Known(80), CacheRead: Known(300), CacheWrite: Known(100)}, c.Usage)
	require.Equal(t, "ada", c.Caller.Hint(AttrCallerParametersUser))

	for operation, want := range map[string]Operation{
		"chat.completion": OperationChat, "response": OperationChat, "generateContent": OperationGenerateContent,
		"streamGenerateContent": OperationGenerateContent, "embedContent": OperationEmbeddings,
	} {
		c = readScope(t, "tracy", map[string]any{
			"gen_ai.operation.name": operation, "gen_ai.system": "openai", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5,
			"gen_ai.response.streaming": true,
		})
		require.Equal(t, want, c.Operation)
		require.True(t, c.Stream)
	}

	span := ptrace.NewSpan()
	span.Status().SetCode(ptrace.StatusCodeError)
	require.NoError(t, span.Attributes().FromRaw(map[string]any{
		"gen_ai.system": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.operation.name": "error",
		"gen_ai.error.type": "overloaded_error", "http.status_code": 529,
	}))
	require.True(t, ReadSpanOf("tracy", span, &c))
	require.Equal(t, OperationChat, c.Operation)
	require.Equal(t, 529, c.HTTPStatus)
	require.NotEmpty(t, c.ErrorType)
	PutAccounting(&c, span)
	require.True(t, ReadSpan(span, &c))
}

// ZeroClaw makes the span of an answer when that is there; that of the turn sums the calls.
func TestReadZeroClaw(t *testing.T) {
	begin := time.Unix(1000, 0)
	read := func(c *Call, name string, attributes map[string]any) bool {
		span := ptrace.NewSpan()
		span.SetName(name)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(begin))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(begin))
		require.NoError(t, span.Attributes().FromRaw(attributes))
		for k, v := range map[string]string{
			"gen_ai.provider.name": "anthropic", "gen_ai.request.model": "m", "zeroclaw.turn_id": "t", "zeroclaw.channel": "cli",
		} {
			span.Attributes().PutStr(k, v)
		}
		return ReadSpanOf("zeroclaw", span, c)
	}
	var c Call
	require.False(t, read(&c, "llm.request", map[string]any{"gen_ai.operation.name": "llm.request"}))
	require.True(t, read(&c, "llm.response", map[string]any{
		"gen_ai.operation.name": "llm.response", "gen_ai.response.model": "m", "success": true, "duration_s": 2.5,
		"gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 8,
	}))
	require.Equal(t, OperationChat, c.Operation)
	require.Equal(t, Usage{Input: Known(50), Output: Known(8)}, c.Usage)
	require.Equal(t, 2500*time.Millisecond, c.Duration)
	require.Equal(t, begin.Add(-c.Duration).UTC(), c.Start.UTC())
	require.False(t, read(&c, "gen_ai.agent.invoke", map[string]any{
		"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 16, "duration_s": 9.5,
	}))
}
