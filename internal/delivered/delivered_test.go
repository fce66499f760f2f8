package delivered

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func numbered(i uint64) *genai.Call {
	call := &genai.Call{}
	call.TraceID[0] = 1
	binary.BigEndian.PutUint64(call.SpanID[:], i+1)
	return call
}

func TestCallIsKnownByBothIDs(t *testing.T) {
	calls := New()
	require.False(t, calls.Again(numbered(1)))
	require.True(t, calls.Again(numbered(1)))
	require.False(t, calls.Again(numbered(2)))
	other := numbered(1)
	other.TraceID[0] = 2
	require.False(t, calls.Again(other))
}

func TestCallWithoutIDsIsAlwaysNew(t *testing.T) {
	calls := New()
	for range 2 {
		require.False(t, calls.Again(&genai.Call{}))
		require.False(t, calls.Again(&genai.Call{TraceID: numbered(1).TraceID}))
		require.False(t, calls.Again(&genai.Call{SpanID: numbered(1).SpanID}))
	}
}

// One that remembers eight calls has a single set, which forgets exactly.
func TestForgetsWhatIsOneBeyondTheLimit(t *testing.T) {
	const size = 8
	f := func(others int, want bool) {
		t.Helper()
		calls := newCalls(size)
		require.False(t, calls.Again(numbered(0)))
		for i := range others {
			require.False(t, calls.Again(numbered(uint64(i+1))))
		}
		require.Equal(t, want, calls.Again(numbered(0)))
	}
	f(size-1, true)
	f(size, false)
}

func TestRemembersAQuarterOfTheLimit(t *testing.T) {
	calls := New()
	const quarter = rememberedMax / 4
	missed := 0
	for i := range uint64(4 * rememberedMax) {
		require.False(t, calls.Again(numbered(i)))
		if i >= quarter && i%16 == 0 && !calls.Again(numbered(i-quarter)) {
			missed++
		}
	}
	require.Less(t, missed, 4*rememberedMax/16/400)
}

func BenchmarkAgain(b *testing.B) {
	calls := New()
	for i := range uint64(2 * rememberedMax) {
		calls.Again(numbered(i))
	}
	call := numbered(0)
	b.ReportAllocs()
	for i := uint64(0); b.Loop(); i++ {
		binary.BigEndian.PutUint64(call.SpanID[:], i)
		calls.Again(call)
	}
}
