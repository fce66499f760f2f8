package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A name that is back where it was has not moved once more when, days later, what answered first is out of sight. One that moves
// elsewhere then has.
func TestANameThatIsBackHasNotMoved(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	config.Detection.CloseRuns = 1
	moved := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, model_requested, model, upstream, outcome)
		WITH intDiv(number, 60) - 96 AS hour SELECT toDateTime(%d + 60 * (number - 96 * 60), 'UTC'), generateUUIDv4(), 'chat', multiIf(hour IN (0, 1), 'b', hour >= 74, 'c', 'a'), 'vllm', 'ok' FROM numbers(180 * 60)`, config.Database, moved.Unix())))
	f := func(after time.Duration, want string) {
		t.Helper()
		for _, at := range []time.Time{moved.Add(after - 10*time.Minute), moved.Add(after)} {
			runSlow(t, config, conn, at, "alias", "incidents")
		}
		require.Equal(t, want, ask(t, conn, "SELECT message, toString(state) FROM %s.findings FINAL ORDER BY opened_at", config.Database))
	}
	f(time.Hour, "model of chat was a and is b\topen")
	f(4*time.Hour, "model of chat was a and is b\tclosed")
	f(72*time.Hour+20*time.Minute, "model of chat was a and is b\tclosed")
	f(76*time.Hour, "model of chat was a and is b\tclosed\nmodel of chat was a and is c\topen")
}

// The answer to a count of tokens names no model, so that its row has the one that was asked for: it is no other that answers to the name,
// neither beside those of the calls nor instead of them.
func TestCountsOfTokensMoveNoName(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	moved := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, model_requested, model, upstream, outcome, operation)
		WITH call.1 AS name, call.2 AS asked
		SELECT toDateTime(%d + 60 * (number - 120), 'UTC'), generateUUIDv4(), name, multiIf(asked = 'count_tokens', name, number < 120, 'a', 'b'), 'vllm', 'ok', asked
		FROM numbers(240) ARRAY JOIN [('moved', 'chat'), ('moved', 'count_tokens'), ('stays', 'chat'), ('stays', 'count_tokens')] AS call
		WHERE name = 'moved' OR (asked = 'chat') = (number < 120)`, config.Database, moved.Unix())))
	for _, at := range []time.Time{moved.Add(110 * time.Minute), moved.Add(120 * time.Minute)} {
		runSlow(t, config, conn, at, "alias", "incidents")
	}
	require.Equal(t, "model of moved was a and is b", ask(t, conn, "SELECT message FROM %s.findings FINAL", config.Database))
}
