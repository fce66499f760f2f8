package genai

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestUnrecorded(t *testing.T) {
	want := Unrecorded{Upstream: "vllm", Reason: "queue_full", Calls: 7, First: time.Unix(1, 2).UTC(), Last: time.Unix(3, 4).UTC()}
	span := ptrace.NewSpan()
	want.Put(span, pcommon.TraceID{1}, pcommon.SpanID{2})
	got, ok := ReadUnrecorded(span)
	require.True(t, ok)
	require.Equal(t, want, got)
	require.False(t, ReadSpan(span, new(Call)), "it is no call")

	for _, impossible := range []int64{math.MinInt64, 0, math.MaxInt64} {
		span.Attributes().PutInt(AttrUnrecordedCalls, impossible)
		_, ok = ReadUnrecorded(span)
		require.False(t, ok, impossible)
	}
	PutSpan(&Call{Operation: OperationChat}, span)
	_, ok = ReadUnrecorded(span)
	require.False(t, ok)
}
