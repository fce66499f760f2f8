package genaiclickhouseexporter

import (
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// tell adds a span of unrecorded calls to others.
func tell(traces ptrace.Traces, id byte, calls int64) ptrace.Traces {
	u := genai.Unrecorded{
		Upstream: "vllm", Reason: "queue_full", Calls: calls,
		First: time.Date(2026, 11, 23, 10, 0, 0, 1000, time.UTC), Last: time.Date(2026, 11, 23, 10, 0, 1, 2000, time.UTC),
	}
	u.Put(traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty(), pcommon.TraceID{1}, pcommon.SpanID{id})
	return traces
}

// told is how many rows tell of unrecorded calls, and of how many.
func told(t *testing.T, conn driver.Conn, database string) string {
	t.Helper()
	return ask(t, conn, "SELECT toString(count()), toString(sum(calls)) FROM %s.unrecorded FINAL", database)
}

func TestUnrecordedCallsAreKeptBesideCalls(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), tell(spansOf(manyCalls(3)...), 1, 7)))
	require.Equal(t, strings.Join([]string{
		"2026-11-23 10:00:01.000002", "2026-11-23 10:00:00.000001", genai.SpanUUID(pcommon.TraceID{1}, pcommon.SpanID{1}).String(),
		"vllm", "queue_full", "7",
	}, "\t"), ask(t, conn, "SELECT toString(ts), toString(first), toString(id), toString(upstream), toString(reason), toString(calls) FROM %s.unrecorded", config.Database))
	require.Equal(t, "3", ask(t, conn, "SELECT toString(count()) FROM %s.calls", config.Database))
}

func TestBatchOfUnrecordedCallsAloneIsWritten(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), tell(spansOf(), 1, 7)))
	require.NoError(t, e.push(t.Context(), tell(spansOf(), 2, 5)))
	require.Equal(t, "2\t12", told(t, conn, config.Database))
}

// A batch comes again after a timeout, a span in another batch from whoever was not told that it is stored.
func TestUnrecordedCallsCountOnceHoweverOftenTheyAreSent(t *testing.T) {
	config, conn := newDatabase(t)
	for range 2 {
		e := newExporter(t, config)
		require.NoError(t, e.push(t.Context(), tell(spansOf(manyCalls(2)...), 1, 7)))
		require.NoError(t, e.push(t.Context(), tell(tell(spansOf(), 2, 5), 2, 5)))
	}
	require.Equal(t, "2", ask(t, conn, "SELECT toString(count()) FROM %s.unrecorded", config.Database), "a batch leaves no rows to merge")
	require.NoError(t, newExporter(t, config).push(t.Context(), tell(tell(tell(spansOf(), 3, 1), 2, 5), 1, 7)))
	require.Equal(t, "3\t13", told(t, conn, config.Database))
}

// Calls that landed before what tells of others failed are not stored again by the next try.
func TestFailureToTellOfUnrecordedCallsRepeatsNoCall(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	require.NoError(t, e.push(t.Context(), spansOf(manyCalls(2)...)))
	require.NoError(t, conn.Exec(t.Context(), "DETACH TABLE "+config.Database+".unrecorded"))
	spans := tell(spansOf(manyCalls(5)[2:]...), 1, 7)
	require.ErrorContains(t, e.push(t.Context(), spans), "unrecorded")
	require.NoError(t, conn.Exec(t.Context(), "ATTACH TABLE "+config.Database+".unrecorded"))
	require.NoError(t, e.push(t.Context(), spans))
	require.Equal(t, "1\t7", told(t, conn, config.Database))
	fromCalls, fromCost1h, _ := sums(t, conn, config.Database)
	require.Equal(t, fromCalls, fromCost1h)
	require.Regexp(t, "^5\t5\t", fromCalls)
}
