package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestDetectFindsWhatIsInTheCallsAlready(t *testing.T) {
	var calls []genai.Call
	for i := range 12 {
		calls = append(calls, genai.Call{
			Operation: genai.OperationChat, RequestModel: "m", Start: start.Add(time.Duration(i) * time.Second), Outcome: genai.OutcomeOK,
			ConversationID: "going round", Caller: genai.Caller{UserID: "ada"}, ToolCalls: 1, ToolCallHash: 42, PromptHash: uint64(i + 1),
		})
	}
	for i := range 8 { // a conversation without a tool has no loop, and does not hide others'
		calls = append(calls, genai.Call{
			Operation: genai.OperationChat, RequestModel: "m", Start: start.Add(time.Duration(i) * time.Second), Outcome: genai.OutcomeOK,
			ConversationID: "only talking", Caller: genai.Caller{UserID: "eve"}, PromptHash: uint64(i + 1), Turn: 2*i + 1,
		})
	}
	url, conn := filledWith(t, calls)
	old := time.Now().AddDate(0, 0, -91)
	_, err := call(t, "detect", "-url", url, "-from", old.Format(time.RFC3339), "-to", old.Add(time.Hour).Format(time.RFC3339))
	require.ErrorContains(t, err, "what detectors see is kept from ")
	for _, table := range []string{"blocks_10m", "detections"} { // the calls are of a fixed day
		require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE llmtap."+table+" REMOVE TTL"))
	}
	out, err := callOfDay(t, url, "findings")
	require.NoError(t, err)
	require.NotContains(t, out, "going round")
	out, err = call(t, "detect", "-url", url, "-from", "2026-11-20T10:00:00Z", "-to", "2026-11-20T11:00:00Z")
	require.NoError(t, err)
	require.Regexp(t, `page +loop +going round +2026-11-20 09:59:00 +conversation going round of user ada: same tool call, 12 times +unknown `, out)

	require.NotContains(t, out, "only talking")
	id := regexp.MustCompile(`(?m)^[0-9a-f]{8}`).FindString(out)
	out, err = call(t, "acknowledge", "-url", url, "-finding", id, "-author", "bob", "-comment", "on it")
	require.NoError(t, err)
	require.Contains(t, out, "bob has seen: conversation going round")
	_, err = call(t, "acknowledge", "-url", url, "-finding", "00000000", "-author", "bob")
	require.ErrorContains(t, err, "0 findings begin like this")
	_, err = call(t, "acknowledge", "-url", url, "-finding", "x' OR 1", "-author", "bob")
	require.ErrorContains(t, err, "-finding must name a finding")
	t.Setenv("USER", "") // as in a container
	_, err = call(t, "acknowledge", "-url", url, "-finding", id)
	require.ErrorContains(t, err, "-author must say who you are, as USER is not set")

	out, err = call(t, "silence", "-url", url, "-key", "going*", "-kind", "loop", "-for", "1h")
	require.NoError(t, err)
	require.Contains(t, out, "going* is silent until ")
	span := []string{"findings", "-url", url, "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T12:00:00Z"}
	out, err = call(t, span...)
	require.NoError(t, err)
	require.Regexp(t, `bob +true`, out)
	out, err = call(t, "silence", "-url", url, "-key", "going*", "-kind", "loop", "-for", "0s")
	require.NoError(t, err)
	require.Equal(t, "going* is heard again\n", out)
	out, err = call(t, span...)
	require.NoError(t, err)
	require.Regexp(t, `bob +false`, out)
	_, err = call(t, "silence", "-url", url, "-key", "going*", "-kind", "lop")
	require.ErrorContains(t, err, "-kind lop: there is no such kind; it is one of regression, ")
	out, err = call(t, "silence", "-url", url, "-key", "other", "-for", "2d")
	require.NoError(t, err)
	require.Contains(t, out, "other is silent until ")
	_, err = call(t, "silence", "-url", url, "-key", "other", "-for", "2w")
	require.ErrorContains(t, err, "-for: write it like 36h or 7d")
	_, err = call(t, "silence", "-url", url, "-key", "other", "-for", "367d")
	require.ErrorContains(t, err, "-for must be from 0s to 366d")
	_, err = call(t, "silence", "-url", url)
	require.ErrorContains(t, err, "-key must say")
}

func TestFindingsSayThatThereAreMore(t *testing.T) {
	url, conn := filled(t)
	listed := func(n string) string {
		require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.findings (finding_id, kind, key, state, since, opened_at) SELECT generateUUIDv4(), 'loop', toString(number), 'open', now(), now() FROM numbers("+n+")"))
		out, err := call(t, "findings", "-url", url)
		require.NoError(t, err)
		require.Equal(t, listedMax, strings.Count(out, " loop "))
		return out
	}
	require.NotContains(t, listed("200"), "more")
	require.Contains(t, listed("1"), "there are more than these 200; llmtap.findings_latest has all\n")
}

// That nothing is listed is not to mean that nothing is wrong when nobody looks.
func TestFindingsSayWhichDetectorsFail(t *testing.T) {
	url, conn := filled(t)
	exec := func(query string) { require.NoError(t, conn.Exec(t.Context(), query)) }
	exec("CREATE TABLE llmtap.seen (n UInt8) ENGINE = Memory")
	exec(`CREATE MATERIALIZED VIEW llmtap.detect_nothing REFRESH EVERY 1 YEAR APPEND TO llmtap.seen EMPTY AS SELECT throwIf(true, 'out\nof order') AS n`)
	exec("CREATE MATERIALIZED VIEW llmtap.detect_one REFRESH EVERY 1 YEAR APPEND TO llmtap.seen AS SELECT 1 AS n")
	exec("SYSTEM WAIT VIEW llmtap.detect_one")
	said := func() string {
		out, err := call(t, "findings", "-url", url)
		require.NoError(t, err)
		return out
	}
	require.NotContains(t, said(), "fails")
	exec("SYSTEM REFRESH VIEW llmtap.detect_nothing")
	require.Error(t, conn.Exec(t.Context(), "SYSTEM WAIT VIEW llmtap.detect_nothing"))
	require.Regexp(t, `(?m)^detect_nothing fails, and finds nothing until a run of it succeeds: .*out\x{FFFD}of order.*$`, said())
	require.Equal(t, 1, strings.Count(said(), "fails"))

	for _, view := range []string{"detect_nothing", "detect_one"} {
		exec("DROP VIEW llmtap." + view + " SYNC")
	}
	require.Contains(t, said(), "no detector runs in llmtap: detection::enabled of gen_ai_clickhouse is false, or its log says why they cannot be made\n")
}

// A store of an older version has not got all that is asked for.
func TestFindingsOfAnOlderStore(t *testing.T) {
	url, conn := filled(t)
	exec := func(query string) { require.NoError(t, conn.Exec(t.Context(), query)) }
	older := func(args ...string) {
		t.Helper()
		_, err := call(t, append(args, "-url", url)...)
		require.ErrorContains(t, err, "an llmtap of its version adds that")
	}
	exec("CREATE OR REPLACE VIEW llmtap.findings_latest AS SELECT * EXCEPT (since_low, since_high) FROM llmtap.findings")
	older("findings")
	exec("DROP VIEW llmtap.findings_latest")
	older("findings")
	older("acknowledge", "-finding", "abcdef", "-author", "me")
	exec("DROP TABLE llmtap.silences SYNC")
	older("silence", "-key", "m")
}

func TestNamesLeaveTheTerminalAlone(t *testing.T) {
	require.Equal(t, "Zoë O'Brien 日本 🙂", printable("Zoë O'Brien 日本 🙂"))
	require.Equal(t, "a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe", printable("a\x1b[2Jb\nc\td\u202ee"))
}
