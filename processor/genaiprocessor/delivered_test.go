package genaiprocessor

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A batch that is delivered again, as when an exporter had no room for it, has the same spans that count: without them the calls would be in no
// row.
func TestBatchThatIsDeliveredAgainCountsAsBefore(t *testing.T) {
	f := func(batches ...[]seen) {
		t.Helper()
		for i, batch := range batches {
			before, once := counts(t, batches[:i]...), counts(t, batches[:i+1]...)
			want := append(slices.Clone(once), once[len(before):]...)
			require.Equal(t, want, counts(t, append(slices.Clone(batches[:i+1]), batch)...), "batch %d of %v", i, batches)
		}
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
