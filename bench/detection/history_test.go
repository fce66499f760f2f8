package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
)

// What is summed up here is what the engine makes of the same calls: the same blocks, and the same costs.
func TestHistoryIsWhatTheEngineMakesOfTheCalls(t *testing.T) {
	t.Setenv("LLMTAP_LIBCHDB", clickhouseembeddedtest.Library(t))
	e, err := startEngine(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(context.WithoutCancel(t.Context()))) })
	rough := profiles[1]
	w := &World{Seed: 3, Start: begin, Days: 2, Profile: rough, Users: 20, Models: []Model{
		steady("steady", 20), steady("changed", 20).with(Change{At: begin.Add(blockTime * 50), FirstChunk: 1.3, Errors: 0.1, ToolFailures: 0.2, Answering: "other"}),
	}, Loops: []Loop{{ID: "looping", At: begin.Add(blockTime * 60), Calls: 14}}}

	made, err := e.store(t.Context(), "stored", w, begin.AddDate(0, 0, storedDays))
	require.NoError(t, err)
	summed, err := e.store(t.Context(), "summed", w, begin.AddDate(0, 0, storedDays+1)) // the first of the two days
	require.NoError(t, err)
	require.Equal(t, made, summed)
	f := func(query string, want ...string) {
		t.Helper()
		rows, err := e.rows(t.Context(), "%s", query)
		require.NoError(t, err)
		require.Equal(t, [][]string{want}, rows)
	}
	f("SELECT toString(count() > 10000), toString(sum(n) > 100000) FROM stored.blocks_10m FINAL", "1", "1")
	const series = "t, measure, metric, model, upstream, app, stratum"
	f("SELECT toString(count()) FROM (SELECT "+series+", calls, n FROM stored.blocks_10m FINAL EXCEPT SELECT "+series+", calls, n FROM summed.blocks_10m FINAL)", "0")
	f("SELECT toString(count()) FROM (SELECT "+series+", calls, n FROM summed.blocks_10m FINAL EXCEPT SELECT "+series+", calls, n FROM stored.blocks_10m FINAL)", "0")
	f("SELECT toString(max(abs(a.s - b.s)) < 1e-9) FROM stored.blocks_10m AS a FINAL INNER JOIN summed.blocks_10m AS b FINAL USING ("+series+")", "1")
	const costs = "SELECT t, user_id, team, app, upstream, model, sum(calls) AS n, sum(cost_usd) AS usd FROM stored.cost_1h GROUP BY ALL"
	const costsSummed = "SELECT t, user_id, team, app, upstream, model, sum(calls) AS n, sum(cost_usd) AS usd FROM summed.cost_1h GROUP BY ALL"
	f("SELECT toString(count()) FROM ("+costs+" EXCEPT "+costsSummed+")", "0")
	f("SELECT toString(count()) FROM ("+costsSummed+" EXCEPT "+costs+")", "0")
}
