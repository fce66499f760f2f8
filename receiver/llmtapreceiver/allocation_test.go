//go:build !race

package llmtapreceiver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// recordAllocationsMax is what a call of 1 KB each way may allocate from the exchange to the span; two thirds of it are the
// span itself. The race detector counts differently.
const recordAllocationsMax = 58

func TestAllocationsOfARecord(t *testing.T) {
	w, x := newWorker(benchRecorder(t)), typicalExchange()
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { w.record(x) }), float64(recordAllocationsMax))
}
