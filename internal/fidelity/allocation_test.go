//go:build !race

package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The ordinary calls are judged without allocating anything; under the race detector pools forget on purpose.
func TestNothingIsAllocatedForText(t *testing.T) {
	j := NewJudge()
	for _, c := range ordinary() {
		j.Apply(c)
		require.Zero(t, testing.AllocsPerRun(200, func() { j.Apply(c) }))
	}
}
