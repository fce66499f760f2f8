package delivered

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

var trace = pcommon.TraceID{1}

func numbered(i uint64) (span pcommon.SpanID) {
	binary.BigEndian.PutUint64(span[:], i+1)
	return span
}

func TestSpanIsKnownByBothIDs(t *testing.T) {
	spans := New()
	require.False(t, spans.Again(trace, numbered(1)))
	require.True(t, spans.Again(trace, numbered(1)))
	require.False(t, spans.Again(trace, numbered(2)))
	require.False(t, spans.Again(pcommon.TraceID{2}, numbered(1)))
}

func TestSpanWithoutIDsIsAlwaysNew(t *testing.T) {
	spans := New()
	for range 2 {
		require.False(t, spans.Again(pcommon.TraceID{}, pcommon.SpanID{}))
		require.False(t, spans.Again(trace, pcommon.SpanID{}))
		require.False(t, spans.Again(pcommon.TraceID{}, numbered(1)))
	}
}

// One that remembers 16 spans has a single set, which forgets exactly.
func TestForgetsWhatIsOneBeyondTheLimit(t *testing.T) {
	const size = 16
	f := func(others int, want bool) {
		t.Helper()
		spans := newSpans(size)
		require.False(t, spans.Again(trace, numbered(0)))
		for i := range others {
			require.False(t, spans.Again(trace, numbered(uint64(i+1))))
		}
		require.Equal(t, want, spans.Again(trace, numbered(0)))
	}
	f(size-1, true)
	f(size, false)
}

func TestRemembersAQuarterOfTheLimit(t *testing.T) {
	spans := New()
	const quarter = rememberedMax / 4
	missed := 0
	for i := range uint64(4 * rememberedMax) {
		require.False(t, spans.Again(trace, numbered(i)))
		if i >= quarter && i%16 == 0 && !spans.Again(trace, numbered(i-quarter)) {
			missed++
		}
	}
	require.Less(t, missed, 4*rememberedMax/16/400)
}

func BenchmarkAgain(b *testing.B) {
	spans := New()
	for i := range uint64(2 * rememberedMax) {
		spans.Again(trace, numbered(i))
	}
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		spans.Again(trace, numbered(i))
	}
}
