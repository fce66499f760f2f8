package genaiclickhouseexporter

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// callsAtOnce are n calls that end at the same time.
func callsAtOnce(n int) []genai.Call {
	calls := manyCalls(n)
	for i := range calls {
		calls[i].Start = fullCall().Start
	}
	return calls
}

// at sets the clock of an exporter that has run for an hour.
func at(e *callExporter, now time.Time) {
	setClock(e, func() time.Time { return now })
	e.store.opened = now.Add(-time.Hour)
}

// pushAtOnce writes calls as if they had just ended.
func pushAtOnce(t *testing.T, e *callExporter, calls []genai.Call) error {
	t.Helper()
	at(e, calls[0].Start.Add(calls[0].Duration))
	return e.push(t.Context(), spansOf(calls...))
}

// requireStored sees that so many calls are stored, each once, and that the rollups agree.
func requireStored(t *testing.T, conn driver.Conn, config *Config, calls int) {
	t.Helper()
	fromCalls, fromCost1h, fromPerf1m := sums(t, conn, config.Database)
	require.Equal(t, fromCalls, fromCost1h)
	require.Regexp(t, fmt.Sprintf("^%[1]d\t%[1]d\t", calls), fromCalls)
	require.Regexp(t, fmt.Sprintf("^%d\t", calls), fromPerf1m)
}

func TestCallsThatComeTwiceAreStoredOnce(t *testing.T) {
	f := func(name string, calls []genai.Call, push func(*testing.T, *callExporter, []genai.Call) error) {
		t.Run(name, func(t *testing.T) {
			config, conn := newDatabase(t)
			e := newExporter(t, config)
			require.NoError(t, push(t, e, calls[:100]))
			for range 2 {
				require.NoError(t, push(t, e, calls[50:]))
			}
			require.NoError(t, push(t, e, calls[10:20]), "nothing is left of it")
			requireStored(t, conn, config, 150)
		})
	}
	f("at once", callsAtOnce(150), pushAtOnce)
	f("late", manyCalls(150), pushLate)
}

func TestCallsThatComeTwiceAroundARestartAreStoredOnce(t *testing.T) {
	config, conn := newDatabase(t)
	calls := callsAtOnce(20)
	require.NoError(t, pushAtOnce(t, newExporter(t, config), calls[:15]))
	e := newExporter(t, config)
	setClock(e, func() time.Time { return calls[0].Start.Add(calls[0].Duration) }) // and opened is after the calls
	require.NoError(t, e.push(t.Context(), spansOf(calls[5:]...)))
	requireStored(t, conn, config, 20)
}

// Where the clock of their sender is ahead of the Collectors', it seems that calls have not been sent before.
func TestCallsOfAClockThatIsAheadAreStoredOnce(t *testing.T) {
	config, conn := newDatabase(t)
	calls := callsAtOnce(20)
	end := calls[0].Start.Add(calls[0].Duration)
	first, other, restarted := newExporter(t, config), newExporter(t, config), newExporter(t, config)
	at(first, end.Add(-time.Minute))
	require.NoError(t, first.push(t.Context(), spansOf(calls[:15]...)))
	at(other, end.Add(-50*time.Second))
	require.NoError(t, other.push(t.Context(), spansOf(calls[5:]...)))
	at(restarted, end.Add(-3*time.Second))
	restarted.store.opened = end.Add(-5 * time.Second)
	require.NoError(t, restarted.push(t.Context(), spansOf(calls[1:]...)))
	requireStored(t, conn, config, 20)
}

// Whichever of two batches with the same calls is written first, the other one leaves them out.
func TestCallsThatComeTwiceAtTheSameTimeAreStoredOnce(t *testing.T) {
	config, conn := newDatabase(t)
	e := newExporter(t, config)
	calls := callsAtOnce(60)
	at(e, calls[0].Start.Add(calls[0].Duration))
	require.NoError(t, e.store.prepare(t.Context()))
	errs := make([]error, 8)
	var pushed sync.WaitGroup
	for i := range errs {
		pushed.Go(func() { errs[i] = e.push(t.Context(), spansOf(calls[5*i:5*i+25]...)) })
	}
	pushed.Wait()
	require.NoError(t, errors.Join(errs...))
	requireStored(t, conn, config, 60)
}

func TestCallsThatJustEndedAreInNoDoubt(t *testing.T) {
	call := fullCall()
	end := call.Start.Add(call.Duration)
	f := func(opened, now time.Duration, doubtful int) {
		t.Helper()
		b := newBatch([]Row{toRow(&call)})
		b.doubt(end.Add(opened), end.Add(now))
		require.Len(t, b.doubtfulRows(), doubtful)
	}
	f(-time.Hour, lateAfter, 0)
	f(-time.Hour, lateAfter+1, 1)
	f(-time.Hour, -lateAfter, 0)
	f(-time.Hour, -lateAfter-1, 1)
	f(-lateAfter, 0, 0)
	f(-lateAfter+1, 0, 1)
	f(time.Second, 2*time.Second, 1)
}
