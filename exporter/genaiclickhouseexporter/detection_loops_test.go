package genaiclickhouseexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
)

// Two users, or two applications, that loop under the same id of a conversation are two incidents: each tells of its own calls while
// the other goes on, and ends with its own.
func TestLoopsUnderTheSameIDAreIncidentsOfTheirOwn(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	calls := func(user, app string, after time.Duration, hash, n int) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, user_id, app, model, outcome, usage_source, cost_usd, input_tokens, tool_calls, toolcall_hash)
			SELECT toDateTime(%d + 30 * number, 'UTC'), generateUUIDv4(), 'default', '%s', '%s', 'm', 'ok', 'reported', 1, 2000 * (number + 1), 1, if(%d = 0, number + 1, %[5]d) FROM numbers(%d)`,
			config.Database, start.Add(after).Unix(), user, app, hash, n)))
	}
	calls("ada", "chat", 0, 42, 12)
	calls("bob", "chat", 2*time.Minute, 43, 40)
	calls("bob", "batch", 2*time.Minute, 44, 12)
	calls("eve", "chat", 0, 0, 24)
	calls("max", "chat", 0, 0, 26)
	const latest = "SELECT kind, toString(state), key, user_id, toString(app), toString(calls), toString(toFloat64(cost_usd)), message FROM %s.findings FINAL ORDER BY kind DESC, user_id, app"
	f := func(after time.Duration, want string) {
		t.Helper()
		runFast(t, config, conn, start.Add(after))
		require.Equal(t, want, ask(t, conn, latest, config.Database))
	}
	const grown = "\ncontext_growth\topen\tdefault\teve\tchat\t24\t24\tconversation default of user eve: input grew from 2000 to 48000 tokens in 24 calls" +
		"\ncontext_growth\topen\tdefault\tmax\tchat\t26\t26\tconversation default of user max: input grew from 2000 to 52000 tokens in 26 calls"
	f(5*time.Minute+30*time.Second, "loop\topen\tdefault\tada\tchat\t11\t11\tconversation default of user ada: same tool call, 11 times"+
		"\nloop\topen\tdefault\tbob\tbatch\t7\t7\tconversation default of user bob: same tool call, 7 times"+
		"\nloop\topen\tdefault\tbob\tchat\t7\t7\tconversation default of user bob: same tool call, 7 times")
	f(30*time.Minute, "loop\topen\tdefault\tada\tchat\t12\t12\tconversation default of user ada: same tool call, 12 times"+
		"\nloop\topen\tdefault\tbob\tbatch\t12\t12\tconversation default of user bob: same tool call, 12 times"+
		"\nloop\topen\tdefault\tbob\tchat\t40\t40\tconversation default of user bob: same tool call, 40 times"+grown)
	config.Detection.CloseRuns = 1
	runFast(t, config, conn, start.Add(70*time.Minute))
	const states = "SELECT user_id, toString(app), toString(state) FROM %s.findings FINAL WHERE kind = 'loop' ORDER BY user_id, app"
	require.Equal(t, "ada\tchat\tclosed\nbob\tbatch\tclosed\nbob\tchat\topen", ask(t, conn, states, config.Database))
}

// An incident of calls without a user or application tells of those, not of all under the same id.
func TestALoopWithoutAUserTellsOfItsOwnCalls(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, user_id, app, model, outcome, usage_source, cost_usd, tool_calls, toolcall_hash)
		SELECT toDateTime(%d + 20 * number, 'UTC'), generateUUIDv4(), 'default', caller.1, caller.2, 'm', 'ok', 'reported', 1, 1, 42 FROM numbers(12) ARRAY JOIN [('', ''), ('ada', ''), ('', 'chat')] AS caller`, config.Database, start.Unix())))
	runFast(t, config, conn, start.Add(5*time.Minute))
	require.Equal(t, "\t\t12\t12\n\tchat\t12\t12\nada\t\t12\t12",
		ask(t, conn, "SELECT user_id, toString(app), toString(calls), toString(toFloat64(cost_usd)) FROM %s.findings FINAL ORDER BY user_id, app", config.Database))
}

// Who fetches a response in the background until it is whole sees its tool call each time.
func TestFetchingAResponseIsNoLoop(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, operation, model, outcome, usage_source, tool_calls, toolcall_hash)
		SELECT toDateTime(%d + 20 * number, 'UTC'), generateUUIDv4(), operation, operation, 'm', 'ok', 'none', 1, 42 FROM numbers(12) ARRAY JOIN ['chat', 'fetch_response'] AS operation`, config.Database, start.Unix())))
	runFast(t, config, conn, start.Add(5*time.Minute))
	require.Equal(t, "chat", ask(t, conn, "SELECT conversation_id FROM %s.findings FINAL", config.Database))
}

func TestRulesThatAreOffFindNothing(t *testing.T) {
	config, conn := newDetectionDatabase(t)
	start := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	require.NoError(t, conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, conversation_id, model, outcome, usage_source, input_tokens, tool_calls, toolcall_hash, prompt_hash)
		SELECT toDateTime(%d + 5 * number, 'UTC'), generateUUIDv4(), kind, 'm', 'ok', 'reported', if(kind = 'growth', 2000 * (number + 1), 2000), 1,
			multiIf(kind = 'call', 41, kind = 'turns', 42 + number %% 2, number + 100), if(kind = 'prompt', 44, number + 100)
		FROM numbers(24) ARRAY JOIN ['call', 'turns', 'prompt', 'growth'] AS kind`, config.Database, start.Unix())))
	f := func(want string, change func(*detection.Config)) {
		t.Helper()
		change(&config.Detection)
		require.NoError(t, config.Detection.Validate())
		require.NoError(t, conn.Exec(t.Context(), "TRUNCATE TABLE "+config.Database+".detections"))
		runFast(t, config, conn, start.Add(5*time.Minute))
		require.Equal(t, want, ask(t, conn, "SELECT conversation_id FROM %s.detections WHERE conversation_id != '' ORDER BY 1", config.Database))
	}
	f("call\ngrowth\nprompt\nturns", func(*detection.Config) {})
	f("call\nprompt", func(c *detection.Config) { c.Loop.SameCall, c.Loop.Oscillation, c.Context.CallsMin = 0, 0, 0 })
	f("", func(c *detection.Config) { c.Loop.InRow, c.Loop.SamePrompt = 0, 0 })
}
