package genaiclickhouseexporter

import (
	"runtime"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

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

// A span that says nothing has two bytes in OTLP, so that one request may have millions. The race detector takes a little for each.
func TestSpansThatAreNoCallsTakeNoMemory(t *testing.T) {
	const count, bytesMax = 100_000, 128
	spans := ptrace.NewTraces()
	list := spans.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	list.EnsureCapacity(count)
	for range count {
		list.AppendEmpty()
	}
	g := newGathered()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.Equal(t, tally{noCall: count}, g.read(spans))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(count*bytesMax))
}
