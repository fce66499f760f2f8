package genaiclickhouseexporter

import (
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Rows of a batch keep their lists while the call that they are read by becomes another, and the next batch has its own.
func TestMemoryServesBatchAfterBatch(t *testing.T) {
	g := newGathered()
	for _, names := range [][]string{{"a", "b", "c"}, {"d"}, {"e", "f"}} {
		g.clear()
		var calls []genai.Call
		for i, name := range names {
			call := fullCall()
			call.SpanID[0] = byte(i)
			call.ToolNames, call.FinishReasons, call.Fidelity.Failed = []string{name, "x"}, []string{name}, nil
			calls = append(calls, call)
		}
		read := g.read(spansOf(append(calls, genai.Call{Operation: genai.OperationChat})...))
		require.Equal(t, tally{noID: 1}, read)
		require.Len(t, g.rows, len(names))
		for i, name := range names {
			require.Equal(t, []string{name, "x"}, g.rows[i].ToolNames)
			require.Equal(t, []string{name}, g.rows[i].FinishReasons)
			require.Empty(t, g.rows[i].FidelityFailed)
		}
	}
}

// From the second batch on a row needs no allocation, from its span to its bytes; a batch needs some, with the race
// detector some more.
func TestRowsAreMadeWithoutAllocation(t *testing.T) {
	calls := manyCalls(1000)
	for i := range calls {
		calls[i].Caller.Labels = nil // ReadSpan makes a map of them
	}
	spans := spansOf(calls...)
	g, block := newGathered(), newNativeBlock(&callsTable, clickhouse.CompressionNone)
	allocs := testing.AllocsPerRun(3, func() {
		g.clear()
		g.read(spans)
		_, err := block.encode(newBatch(g.rows).rows)
		require.NoError(t, err)
	})
	require.Less(t, allocs, float64(len(calls))/10)
}
