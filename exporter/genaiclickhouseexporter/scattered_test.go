package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/genai"
)

// monthly are n calls, one in each month back from a moment.
func monthly(now time.Time, n int) []genai.Call {
	calls := manyCalls(n)
	for i := range calls {
		calls[i].Start = now.AddDate(0, -i, 0)
	}
	return calls
}

// A sender may say of its calls that they began at any times. ClickHouse writes a part for each month, and an insert with a call in each
// from 1970 on would not be done in time, however often it is tried.
func TestCallsOfTooManyMonthsAreLeftOut(t *testing.T) {
	now := time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	f := func(months, want int) {
		t.Helper()
		g := newGathered()
		g.read(spansOf(monthly(now, months)...))
		b := newBatch(g.rows)
		token := b.token
		b.leaveFar(now)
		require.Len(t, b.rows, want)
		require.Equal(t, months-want, b.scattered)
		require.Equal(t, token, b.token)
		for _, row := range b.rows {
			require.True(t, row.Time.After(now.AddDate(0, -partitionsMax, 0)), "the nearest stay")
		}
	}
	f(1, 1)
	f(partitionsMax, partitionsMax)
	f(partitionsMax+1, partitionsMax)
}

// The table of bodies has a part for each day.
func TestBodiesOfTooManyDaysAreLeftOut(t *testing.T) {
	now := time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	f := func(days, want int) {
		t.Helper()
		calls := manyCalls(days)
		for i := range calls {
			calls[i].Start = now.AddDate(0, 0, -i)
			calls[i].Content = &genai.Content{Request: "a"}
		}
		g := newGathered()
		g.read(spansOf(calls...))
		b := newBatch(g.rows)
		b.leaveFar(now)
		require.Len(t, b.rows, days)
		require.Len(t, b.withContent(), want)
		require.Equal(t, days-want, b.bodiless)
	}
	f(partitionsMax, partitionsMax)
	f(partitionsMax+1, partitionsMax)
}

func TestCallsThatAreLeftOutAreCounted(t *testing.T) {
	config, conn := newDatabase(t)
	e, reader := countingExporter(t, config, zap.NewNop())
	first := time.Now().AddDate(0, 0, 1-time.Now().Day())
	require.NoError(t, e.push(t.Context(), spansOf(monthly(first, partitionsMax+1)...)))
	require.Equal(t, fmt.Sprint(partitionsMax), ask(t, conn, "SELECT toString(sum(calls)) FROM %s.cost_1h", config.Database))
	require.EqualValues(t, 1, sumsOf(t, reader)["llmtap_clickhouse_skipped/scattered"])
}
