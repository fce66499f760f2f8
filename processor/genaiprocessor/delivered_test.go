package genaiprocessor

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

// What is delivered again, as after a lost acknowledgement or when an exporter had no room, has the same spans that count: without one a call
// may be in no row, with one more it is in two.
func TestSpansThatAreDeliveredAgainCountAsBefore(t *testing.T) {
	f := func(batches ...[]seen) {
		t.Helper()
		once := counts(t, batches...)
		require.Equal(t, slices.Concat(once, once), counts(t, slices.Concat(batches, batches)...), "%v", batches)
	}
	sdk, tap := seen{kind: 's', id: 1, length: 3, tokens: 100}, seen{kind: 't', id: 2, in: 1, length: 2, tokens: 100}
	f([]seen{sdk, tap})
	f([]seen{tap}, []seen{sdk})
	f([]seen{sdk}, []seen{tap})
	inner := seen{kind: 's', id: 4, in: 1, length: 2, tokens: 100, scope: "inner"}
	f([]seen{sdk, inner})
	bare := sdk
	bare.tokens = 0
	f([]seen{bare, tap})
	f([]seen{bare}, []seen{tap})
	one := seen{kind: 's', id: 1, in: 9, length: 2, tokens: 100, scope: "one", model: "m"}
	beside := seen{kind: 's', id: 2, in: 9, length: 2, tokens: 100, scope: "two", model: "m"}
	f([]seen{one, beside})
	f([]seen{one}, []seen{beside})
	one.response, beside.response, beside.trace = "r", "r", 1
	one.in, beside.in, one.length = 0, 0, 3
	f([]seen{one, beside})
	try := seen{kind: 't', id: 5, in: 1}
	f([]seen{try, tap, sdk})

	http := seen{kind: 'h', id: 3, in: 1, length: 3}
	tap.in = 3
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		spans := []seen{sdk, http, tap, inner, try}
		r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		cut := r.IntN(len(spans) + 1)
		f(spans[:cut], spans[cut:])
	}
}

// What is remembered of the span around a call may outlast the verdict on the call, as that of one with many tries within it.
func TestSpanIsNoDuplicateOfItself(t *testing.T) {
	d := newDuplicates(100)
	of := func(s seen) (pcommon.SpanID, bool) {
		span, call := ptrace.NewSpan(), genai.Call{}
		s.put(span)
		require.True(t, genai.ReadSpan(span, &call))
		return d.of(&call, reporter{})
	}
	tap := seen{kind: 't', id: 2, in: 1, length: 2, tokens: 100}
	of(tap)
	_, found := of(seen{kind: 's', id: 1, length: 3, tokens: 100})
	require.True(t, found)
	d.verdicts = recent.New[verdict](100)
	counted, found := of(tap)
	require.False(t, found)
	require.Equal(t, pcommon.SpanID{2}, counted)
}
