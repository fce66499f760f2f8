package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// The output of xAI's SDK lacks the reasoning, which the total shows.
func TestCallsOfXAI(t *testing.T) {
	f := func(want Operation, operation string, attributes map[string]any) Call {
		t.Helper()
		span := ptrace.NewSpan()
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)))
		require.NoError(t, span.Attributes().FromRaw(attributes))
		for name, value := range map[string]any{
			"gen_ai.operation.name": operation, "gen_ai.provider.name": "xai", "gen_ai.request.model": "grok-4",
			"gen_ai.usage.input_tokens": 701, "gen_ai.usage.output_tokens": 69, "gen_ai.usage.total_tokens": 893,
			"gen_ai.usage.reasoning_tokens": 123, "gen_ai.usage.cached_prompt_text_tokens": 679, "gen_ai.usage.prompt_text_tokens": 701,
			"gen_ai.usage.prompt_image_tokens": 0,
		} {
			require.NoError(t, span.Attributes().PutEmpty(name).FromRaw(value))
		}
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, want, c.Operation)
		require.Equal(t, Usage{
			Input: Known(701), Output: Known(192), CacheRead: Known(679), Reasoning: Known(123), ImageInput: Known(0),
		}, c.Usage)
		return c
	}
	require.False(t, f(OperationChat, "chat", nil).Stream)
	f(OperationImage, "generate_image", nil)
	stream := f(OperationChat, "chat", map[string]any{"gen_ai.completion.start_time": "2026-11-01T00:00:00.250000+00:00"})
	require.True(t, stream.Stream)
	require.Equal(t, 250*time.Millisecond, stream.TimeToFirstChunk)
}
