package tokens

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEstimate(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		require.Equal(t, want, Estimate(text))
		require.Equal(t, want, Estimate([]byte(text)))
	}
	f("", 0)
	f("a", 1)
	f("abcd", 1)
	f("abcde", 2)
	f("日本語", 3)
	f("né", 2)
}
