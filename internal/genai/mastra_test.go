package genai

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// The time to the first token stands in Mastra's spans as the moment at which the answer began.
func TestTimeToFirstTokenOfMastra(t *testing.T) {
	f := func(want time.Duration, began string) {
		t.Helper()
		span := ptrace.NewSpan()
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)))
		span.Attributes().PutStr("gen_ai.operation.name", "chat")
		span.Attributes().PutStr("mastra.completion_start_time", began)
		for range 2 { // once more as the processor leaves it to another one
			var c Call
			require.True(t, ReadSpan(span, &c))
			require.Equal(t, want, c.TimeToFirstChunk)
			PutAccounting(&c, span)
		}
	}
	f(250*time.Millisecond, "2026-11-01T12:00:00.250Z")
	f(0, "2026-11-01T11:59:59.000Z")
	f(0, "soon")
}
