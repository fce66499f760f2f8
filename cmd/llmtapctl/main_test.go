package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/freeport"
	"github.com/llmtap/llmtap/internal/genai"
)

var start = time.Date(2026, 11, 20, 9, 59, 0, 0, time.UTC)

// filled is an engine with calls of two hours in two batches.
func filled(t *testing.T) (url string, conn driver.Conn) {
	t.Helper()
	batches := make([][]genai.Call, 2)
	for batch := range batches {
		for i := range 100 {
			batches[batch] = append(batches[batch], genai.Call{
				Operation: genai.OperationChat, RequestModel: "m",
				Start: start.Add(time.Duration(i) * time.Second), Duration: time.Second, TimeToFirstChunk: time.Millisecond, Stream: true,
				Caller: genai.Caller{UserID: fmt.Sprint("u", i%5)}, ConversationID: fmt.Sprint("c", i%2), Outcome: genai.OutcomeOK,
				Usage: genai.Usage{Input: genai.Known(int64(i)), Output: genai.Known(7)}, Cost: genai.Cost{Amount: 1_000_000_001, Known: true},
				Fidelity: genai.Fidelity{Applicable: []string{"a"}},
			})
		}
	}
	return filledWith(t, batches...)
}

// filledWith is an engine with calls as the exporter writes them; each gets ids of its own.
func filledWith(t *testing.T, batches ...[]genai.Call) (url string, conn driver.Conn) {
	t.Helper()
	address := clickhouseembeddedtest.Start(t)
	write(t, "http://"+address, batches...)
	return "http://" + address, clickhouseembeddedtest.Connect(t, address)
}

// filledWithOld is an engine with a call of the last hour and one of 100 days before, each of a dollar.
func filledWithOld(t *testing.T) (now time.Time, url string, conn driver.Conn) {
	t.Helper()
	now = time.Now().UTC().Truncate(time.Hour)
	recent := genai.Call{
		Operation: genai.OperationChat, RequestModel: "m", Outcome: genai.OutcomeOK, ConversationID: "c",
		Start: now.Add(-time.Minute), Duration: time.Second, Cost: genai.Cost{Amount: 1_000_000_000, Known: true},
	}
	old := recent
	old.Start = now.AddDate(0, 0, -100)
	url, conn = filledWith(t, []genai.Call{recent, old})
	return now, url, conn
}

// write stores batches of calls by the exporter.
func write(t *testing.T, url string, batches ...[]genai.Call) {
	t.Helper()
	factory := genaiclickhouseexporter.NewFactory()
	config := factory.CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	config.Endpoints = []string{url}
	config.Queue = configoptional.None[exporterhelper.QueueBatchConfig]() // so that a batch is stored when it was taken
	config.TTL = genaiclickhouseexporter.TTLConfig{}                      // the calls of most tests are of one fixed day
	config.Detection.Enabled = false                                      // its views would run beside what is tested, and take seconds to make
	e, err := factory.CreateTraces(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	for batch, calls := range batches {
		traces := ptrace.NewTraces()
		spans := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for i := range calls {
			calls[i].TraceID, calls[i].SpanID = pcommon.TraceID{1}, pcommon.SpanID{byte(batch + 1), byte(i), byte(i >> 8)}
			genai.PutSpan(&calls[i], spans.AppendEmpty())
		}
		require.NoError(t, e.ConsumeTraces(t.Context(), traces))
	}
	require.NoError(t, e.Shutdown(context.WithoutCancel(t.Context())))
}

func call(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), args, &out, &out)
	return out.String(), err
}

// callOfDay is call with the two hours of the calls of filled.
func callOfDay(t *testing.T, url, command string, more ...string) (string, error) {
	t.Helper()
	return call(t, append([]string{command, "-url", url, "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T11:00:00Z"}, more...)...)
}

func TestAuditFindsAndRepairMends(t *testing.T) {
	url, conn := filled(t)
	audited := func() (string, error) { return callOfDay(t, url, "audit") }
	exec := func(query string) { require.NoError(t, conn.Exec(t.Context(), query)) }
	const whole = `llmtap, 2026-11-20T09:00:00Z to 2026-11-20T11:00:00Z
table            calls  cost_usd       found
calls            200    200.0000002    agrees
cost_1h          200    200.0000002    agrees
perf_1m          200                   agrees
conversation_1h  200    200.0000002    agrees
by_model                               agrees
unrecorded       0                     none is told of
`
	said, err := audited()
	require.NoError(t, err)
	require.Equal(t, strings.Fields(whole), strings.Fields(said))

	damages := map[string]string{
		"INSERT INTO llmtap.calls SELECT * REPLACE (batch_id + 1 AS batch_id, inserted_at + 1 AS inserted_at) FROM llmtap.calls LIMIT 3":                                                               "3 calls stored more than once",
		"INSERT INTO llmtap.calls SELECT * REPLACE (inserted_at + 1 AS inserted_at) FROM llmtap.calls LIMIT 4":                                                                                         "4 calls stored more than once",
		"ALTER TABLE llmtap.cost_1h DELETE WHERE user_id = 'u3' SETTINGS mutations_sync = 2":                                                                                                           "2 groups",
		"INSERT INTO llmtap.cost_1h (t, user_id, cost_usd) VALUES ('2026-11-20 10:00:00', 'u1', 0.000000001)":                                                                                          "1 groups",
		"INSERT INTO llmtap.perf_1m (t, fidelity_applicable) VALUES ('2026-11-20 10:00:00', map('a', 1))":                                                                                              "1 groups",
		"INSERT INTO llmtap.conversation_1h (t, model, user_id, conversation_id, first_call, last_call) VALUES ('2026-11-20 10:00:00', 'm', 'u1', 'c1', '2026-11-20 10:59:00', '2026-11-20 10:59:00')": "1 groups",
		"INSERT INTO llmtap.perf_1m (t, ln_tpot) VALUES ('2026-11-20 10:00:00', 0.001)":                                                                                                                "1 groups",
	}
	for damage, found := range damages {
		exec(damage)
		said, err := audited()
		require.ErrorIs(t, err, errDiffers, damage)
		require.Contains(t, said, found, damage)
		said, err = callOfDay(t, url, "repair")
		require.NoError(t, err, said)
		said, err = audited()
		require.NoError(t, err, damage)
		require.Equal(t, strings.Fields(whole), strings.Fields(said), damage)
	}
	var p50 float32
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT quantilesTDigestMerge(0.5, 0.95, 0.99)(dur_q)[1] FROM llmtap.perf_1m").Scan(&p50))
	require.InDelta(t, 1000, p50, 1e-3, "sketches are made anew too")
}

// A user of dashboards may only read, and change settings by the URL alone.
func TestAuditAndFindingsAreForAUserWhoOnlyReads(t *testing.T) {
	address := clickhouseembeddedtest.Start(t, func(config *clickhouseembeddedextension.Config) { config.ReadonlyUsername = "dashboards" })
	write(t, "http://"+address, []genai.Call{{Operation: genai.OperationChat, Start: start}})
	said, err := call(t, "audit", "-url", "http://dashboards@"+address, "-from", "2026-11-20T09:00:00Z")
	require.NoError(t, err, said)
	require.Contains(t, said, "by_model")
	said, err = call(t, "findings", "-url", "http://dashboards@"+address)
	require.NoError(t, err, said)
	_, err = callOfDay(t, "http://dashboards@"+address, "repair")
	require.ErrorContains(t, err, "READONLY")
}

// Calls that the tap could not record are in no table that could be compared, so the audit says how many there are.
func TestAuditCountsCallsThatWereNotRecorded(t *testing.T) {
	url, conn := filled(t)
	const tell = "INSERT INTO llmtap.unrecorded (ts, id, upstream, reason, calls) VALUES "
	for _, row := range []string{
		"('2026-11-20 10:10:00', '00000000-0000-0000-0000-000000000001', 'vllm', 'queue_full', 7)",
		"('2026-11-20 10:10:00', '00000000-0000-0000-0000-000000000001', 'vllm', 'queue_full', 7)", // the same, sent again
		"('2026-11-20 10:20:00', '00000000-0000-0000-0000-000000000002', 'sglang', 'queue_full', 4)",
		`('2026-11-20 10:59:59.999999', '00000000-0000-0000-0000-000000000003', 'vllm', 'fault\x1b[2J', 1)`, // whoever sends spans names reasons
		"('2026-11-20 11:00:00', '00000000-0000-0000-0000-000000000004', 'vllm', 'shutdown', 100)",
	} {
		require.NoError(t, conn.Exec(t.Context(), tell+row))
	}
	audited := func() (string, error) { return callOfDay(t, url, "audit") }
	said, err := audited()
	require.NoError(t, err)
	require.Regexp(t, `\nunrecorded +12 +passed on, and missing above: queue_full: 11, fault\x{FFFD}\[2J: 1\n`, said)

	require.NoError(t, conn.Exec(t.Context(), "DROP TABLE llmtap.unrecorded SYNC"))
	_, err = audited()
	require.ErrorContains(t, err, "an llmtap of its version adds that")
	require.NoError(t, conn.Exec(t.Context(), "DROP TABLE llmtap.conversation_1h_mv SYNC"))
	_, err = audited()
	require.ErrorContains(t, err, "an llmtap of its version adds that")
}

// A batch is a part of its own at first, and this one lies in the range's last second.
func TestCallsOfTheLastSecondAreOfTheRange(t *testing.T) {
	url, conn := filledWith(t, []genai.Call{{
		Operation: genai.OperationChat, RequestModel: "m", Start: time.Date(2026, 11, 20, 10, 59, 59, 500_000_000, time.UTC), Outcome: genai.OutcomeOK,
	}})
	said, err := callOfDay(t, url, "audit")
	require.NoError(t, err, said)
	require.Regexp(t, `\ncalls +1 `, said)
	_, err = callOfDay(t, url, "reprice", "-prices", priceFile(t, "prices: [{model: m, per_call: 1}]"))
	require.NoError(t, err)
	require.Equal(t, "1", ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.calls"))
}

func TestRepairLeavesOtherHoursAlone(t *testing.T) {
	url, conn := filled(t)
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.cost_1h (t, user_id, calls) VALUES ('2026-11-20 08:00:00', 'other', 5)"))
	_, err := call(t, "repair", "-url", url, "-from", "2026-11-20T09:59:59Z", "-to", "2026-11-20T10:59:00Z") // 9:00 to 10:00
	require.NoError(t, err)
	var groups, calls uint64
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT uniqExact(t), sum(calls) FROM llmtap.cost_1h").Scan(&groups, &calls))
	require.Equal(t, []uint64{3, 205}, []uint64{groups, calls})
}

// The money of years stays in cost_1h when its calls are gone, and calls stay longer than perf_1m: neither is a fault, and nothing is to be
// made anew from what is no longer there.
func TestWhatIsPastAnAgeLimitIsLeftAlone(t *testing.T) {
	now, url, conn := filledWithOld(t)
	exec := func(query string) { require.NoError(t, conn.Exec(t.Context(), query)) }
	exec("ALTER TABLE llmtap.calls MODIFY TTL toDateTime(ts) + INTERVAL 400 DAY SETTINGS materialize_ttl_after_modify = 0")
	exec("ALTER TABLE llmtap.conversation_1h MODIFY TTL t + INTERVAL 13 MONTH SETTINGS materialize_ttl_after_modify = 0")
	exec("ALTER TABLE llmtap.perf_1m MODIFY TTL t + INTERVAL 90 DAY SETTINGS materialize_ttl_after_modify = 0")
	exec("ALTER TABLE llmtap.perf_1m DELETE WHERE t < now() - INTERVAL 90 DAY SETTINGS mutations_sync = 2")
	exec("INSERT INTO llmtap.cost_1h (t, user_id, model, calls, cost_usd) SELECT toStartOfHour(now() - INTERVAL 500 DAY), 'u', 'm', 5, 12.5")
	at := func(days int) string { return now.AddDate(0, 0, days).Format(time.RFC3339) }

	said, err := call(t, "audit", "-url", url, "-from", at(-600), "-to", at(1))
	require.NoError(t, err, said)
	require.Regexp(t, `cost_1h +7 +14\.5 +agrees from \S+Z on, what is before is past an age limit, or dropped\n`, said)
	said, err = call(t, "repair", "-url", url, "-from", at(-600), "-to", at(1))
	require.NoError(t, err, said)
	said, err = call(t, "repair", "-url", url, "-from", at(-600), "-to", at(-450))
	require.NoError(t, err, said)
	require.Contains(t, said, "cost_1h stays as it is: all of it is past an age limit, or dropped\n")
	require.Contains(t, said, "not compared: all of it is past an age limit, or dropped\n")
	_, err = call(t, "reprice", "-url", url, "-from", at(-600), "-to", at(-1))
	require.ErrorContains(t, err, "calls are kept from ")
	require.Equal(t, "14.5", ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.cost_1h"))

	exec("INSERT INTO llmtap.cost_1h (t, user_id, model, calls, cost_usd) SELECT toStartOfHour(now() - INTERVAL 99 DAY), 'u', 'm', 5, 12.5")
	said, err = call(t, "audit", "-url", url, "-from", at(-600), "-to", at(1))
	require.ErrorIs(t, err, errDiffers)
	require.Contains(t, said, "1 groups that do not follow from calls from ", "since the first call all is compared")
}

func TestHelpIsNoMistake(t *testing.T) {
	for _, word := range []string{"help", "-h", "--help"} {
		said, err := call(t, word)
		require.NoError(t, err, word)
		require.True(t, strings.HasPrefix(said, "usage: llmtapctl audit"), said)
	}
}

func TestWrongUseIsSaid(t *testing.T) {
	nobody, engine := freeport.Address(t), clickhouseembeddedtest.Start(t)
	// The engine would wait for the rest of what it takes for the head of a request.
	impatient := httptest.NewUnstartedServer(http.NotFoundHandler())
	impatient.Config.ReadHeaderTimeout = time.Millisecond
	impatient.Start()
	t.Cleanup(impatient.Close)
	for want, args := range map[string][]string{
		"usage:":                                 {"mend"},
		"-from and -to must name":                {"repair"},
		"-url is no address":                     {"audit", "-url", "::"},
		"no table calls":                         {"audit", "-database", "other", "-url", "http://" + engine},
		"write it like 2026-11-23":               {"audit", "-from", "2026-11-23"},
		"not defined: -prices":                   {"repair", "-prices", "prices.yaml"},
		"-longest: write it like 36h or 7d":      {"reprice", "-longest", "90"},
		"not defined: -from":                     {"silence", "-key", "m, *", "-from", "2026-11-20T09:10:00Z"},
		"-from and -to must name a tim":          {"audit", "-from", "2026-11-20T09:10:00Z", "-to", "2026-11-20T09:50:00Z"},
		`"yesterday" is not understood`:          {"audit", "yesterday", "-from", "2026-11-20T09:00:00Z"},
		"no ClickHouse at -url " + nobody + ": ": {"audit", "-url", "http://" + nobody},
		"http://, https:// or clickhouse://":     {"audit", "-url", "clickhouse://" + impatient.Listener.Addr().String()}, // which speaks HTTP only
		"(AUTHENTICATION_FAILED)":                {"audit", "-url", "http://nobody@" + engine},
	} {
		_, err := call(t, args...)
		require.ErrorContains(t, err, want)
	}
}
