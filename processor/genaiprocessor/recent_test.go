package genaiprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecentForgetsTheLongestUnused(t *testing.T) {
	r := newRecent[int, int](8)
	for i := range 100 {
		r.put(i, i)
		_, ok := r.get(0)
		require.True(t, ok, "used all the time")
		require.LessOrEqual(t, r.len(), 8)
		for j := max(0, i-2); j <= i; j++ {
			value, ok := r.get(j)
			require.True(t, ok)
			require.Equal(t, j, value)
		}
	}
	_, ok := r.get(50)
	require.False(t, ok)
}
