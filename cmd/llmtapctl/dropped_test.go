package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// An age limit that was raised does not bring back what it had dropped, nor does anything bring back a month of calls that was dropped by
// hand when the disk was full. What they cost is in the rollups alone then.
func TestCostsOfCallsThatAreGoneStay(t *testing.T) {
	now, url, conn := filledWithOld(t)
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE llmtap.calls DROP PARTITION "+now.AddDate(0, 0, -100).Format("200601")))
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.machine_1h (t, upstream, cost_usd, calls_usd) SELECT toStartOfHour(now() - INTERVAL 100 DAY), 'gpu', 3, 3"))
	at := func(days int) string { return now.AddDate(0, 0, days).Format(time.RFC3339) }
	kept := func() string {
		return ask(t, conn, "SELECT ((SELECT sum(cost_usd) FROM llmtap.cost_1h), (SELECT sum(cost_usd) FROM llmtap.conversation_1h), (SELECT sum(calls) FROM llmtap.perf_1m), (SELECT sum(idle_usd) FROM llmtap.machine_1h FINAL))")
	}
	require.Equal(t, "(2,2,2,0)", kept())

	said, err := call(t, "audit", "-url", url, "-from", at(-200), "-to", at(1))
	require.NoError(t, err, said)
	require.Regexp(t, `cost_1h +2 +2 +agrees from \S+Z on, what is before is past an age limit, or dropped\n`, said)
	said, err = call(t, "repair", "-url", url, "-from", at(-200), "-to", at(1))
	require.NoError(t, err, said)
	said, err = call(t, "repair", "-url", url, "-from", at(-200), "-to", at(-50))
	require.NoError(t, err, said)
	require.Contains(t, said, "cost_1h stays as it is: all of it is past an age limit, or dropped\n")
	prices := priceFile(t, "prices: [{model: m, per_call: 1}]\nmachines: [{upstream: gpu, hourly_usd: 3, from: 2020-01-01}]")
	for _, to := range []string{at(-1), at(-50)} {
		_, err = call(t, "reprice", "-url", url, "-prices", prices, "-from", at(-200), "-to", to)
		require.ErrorContains(t, err, "calls are kept from ")
	}
	require.Equal(t, "(2,2,2,0)", kept())
}

// A part of calls ends where it was merged up to, in the middle of an hour: of the first hour that is left some calls may be gone.
func TestCostsOfAnHourWhoseFirstCallsAreGoneStay(t *testing.T) {
	at := func(after time.Duration) genai.Call {
		return genai.Call{
			Operation: genai.OperationChat, RequestModel: "m", Start: start.Add(after), ConversationID: "c",
			Cost: genai.Cost{Amount: 1_000_000_000, Known: true},
		}
	}
	url, conn := filledWith(t, []genai.Call{at(-2 * time.Hour), at(-10 * time.Minute)}, []genai.Call{at(0), at(time.Hour)})
	var part string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT min(name) FROM system.parts WHERE database = 'llmtap' AND table = 'calls' AND active").Scan(&part))
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE llmtap.calls DROP PART '"+part+"'"))
	within := []string{"-url", url, "-from", "2026-11-20T00:00:00Z", "-to", "2026-11-20T12:00:00Z"}
	for _, command := range []string{"audit", "repair"} {
		said, err := call(t, append([]string{command}, within...)...)
		require.NoError(t, err, said)
		require.Regexp(t, `cost_1h +4 +4 +agrees from 2026-11-20T10:00:00Z on`, said)
	}
	_, err := call(t, append([]string{"reprice", "-prices", priceFile(t, "prices: [{model: m, per_call: 1}]")}, within...)...)
	require.ErrorContains(t, err, "calls are kept from 2026-11-20T10:00:00Z on")
}
