package fidelity

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Every check has a place in a set.
func TestSetHoldsEveryCheck(t *testing.T) {
	var all set
	checks := Checks()
	for i := range checks {
		all.add(i)
	}
	ids := all.ids()
	require.Len(t, ids, len(checks))
	for i := range checks {
		require.Equal(t, checks[i].ID, ids[i])
	}
}

// Lists are right whether they are kept or not, for many who ask at once.
func TestListsPastTheirLimit(t *testing.T) {
	var l lists
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range listsMax + 1 {
				s := set{uint64(i)}
				got := l.of(s)
				if len(got.ids) != len(s.ids()) || got.text != genai.JoinChecks(s.ids()) {
					t.Errorf("%d: %v", i, got)
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, l.known, listsMax)
}
