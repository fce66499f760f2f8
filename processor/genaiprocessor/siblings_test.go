package genaiprocessor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A trace may have any number of calls that are alike one after the other, as of an agent that embeds short texts or is asked the same
// again.
func TestSiblingsOfEachCallInALongTraceCountOnce(t *testing.T) {
	const calls = 5 * siblingsMax
	var batches [][]seen
	var want []byte
	for i := range byte(calls) {
		call := seen{kind: 's', id: 2*i + 2, in: 1, start: 10 * int(i), length: 2, scope: "x", model: "m", tokens: 70}
		again := call
		again.id, again.scope = 2*i+3, "y"
		batches = append(batches, []seen{call}, []seen{again})
		want = append(want, call.id)
	}
	require.Equal(t, want, counts(t, batches...))
}
