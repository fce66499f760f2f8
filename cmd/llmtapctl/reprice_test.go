package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func ask(t *testing.T, conn driver.Conn, query string) string {
	t.Helper()
	var answer string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT toString(("+query+"))").Scan(&answer))
	return answer
}

func priceFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prices.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// state is all that costs are in, as one text.
func state(t *testing.T, conn driver.Conn) string {
	t.Helper()
	calls := ask(t, conn, "SELECT groupArray((call_id, cost_usd, cost_source, price_version)) FROM (SELECT * FROM llmtap.calls ORDER BY call_id)")
	rollup := ask(t, conn, "SELECT groupArray(x) FROM (SELECT (t, user_id, sum(cost_usd), sum(unpriced), sum(calls)) AS x FROM llmtap.cost_1h GROUP BY t, user_id ORDER BY t, user_id)")
	hours := ask(t, conn, "SELECT groupArray(x) FROM (SELECT (t, upstream, cost_usd, calls_usd, idle_usd) AS x FROM llmtap.machine_1h FINAL ORDER BY t, upstream)")
	return calls + rollup + hours
}

// Sound whose tokens nobody counted stays without a cost.
func TestRepriceOfSoundWithoutACount(t *testing.T) {
	one := genai.Call{
		Operation: genai.OperationChat, ResponseModel: "gemini-2.5-flash", Start: start, Duration: time.Second, Outcome: genai.OutcomeOK,
		InputAudios: 1, Usage: genai.Usage{Input: genai.Known(1000), Output: genai.Known(100)}, Cost: genai.Cost{Source: "unknown"},
	}
	url, conn := filledWith(t, []genai.Call{one})
	said, err := callOfDay(t, url, "reprice")
	require.NoError(t, err, said)
	require.Equal(t, "1", ask(t, conn, "SELECT countIf(cost_usd IS NULL) FROM llmtap.calls"))
}

// That the server used tools of its own, a row tells by the source of its cost.
func TestRepriceOfHostedTools(t *testing.T) {
	calls := make([]genai.Call, 2)
	for i := range calls {
		calls[i] = genai.Call{
			Operation: genai.OperationChat, ResponseModel: "gpt-5", Start: start, Duration: time.Second, Outcome: genai.OutcomeOK,
			Usage: genai.Usage{Input: genai.Known(1000), Output: genai.Known(100)}, Cost: genai.Cost{Source: "unknown"},
		}
	}
	calls[1].Cost.Source = "hosted_tools"
	url, conn := filledWith(t, calls)
	costs := func() string {
		return ask(t, conn, "SELECT groupArray((cost_usd, cost_source)) FROM (SELECT * FROM llmtap.calls ORDER BY cost_usd NULLS LAST)")
	}
	for range 2 {
		_, err := callOfDay(t, url, "reprice")
		require.NoError(t, err)
		require.Equal(t, "[(0.00225,'price_book'),(NULL,'hosted_tools')]", costs())
	}
	_, err := callOfDay(t, url, "reprice", "-prices", priceFile(t, "prices: [{model: gpt-5, input: 1, output: 10, per_call: 0.01}]"))
	require.NoError(t, err)
	require.Equal(t, "[(0.012,'prices_file'),(0.012,'prices_file')]", costs())
}

// What the server stated of a cost is in no price list: it stays, to the last nano-dollar, unless the file prices the model.
func TestRepriceOfCostsThatTheServerStated(t *testing.T) {
	var calls []genai.Call
	for model, amount := range map[string]genai.NanoUSD{"gpt-5": 14_547_601, "nobody/knows": 999_999_999_999, "free/model": 0} {
		calls = append(calls, genai.Call{
			Operation: genai.OperationChat, ResponseModel: model, Start: start, Duration: time.Second, Outcome: genai.OutcomeOK,
			Usage: genai.Usage{Input: genai.Known(1000), Output: genai.Known(100)},
			Cost:  genai.Cost{Amount: amount, Known: true, Source: genai.CostReported},
		})
	}
	url, conn := filledWith(t, calls)
	before := state(t, conn)
	for range 2 {
		said, err := callOfDay(t, url, "reprice")
		require.NoError(t, err, said)
		require.Contains(t, said, "the costs of 3 calls are being stored; 0 of them are unknown\n")
		require.Equal(t, before, state(t, conn))
	}
	_, err := callOfDay(t, url, "reprice", "-prices", priceFile(t, "prices: [{model: gpt-5, input: 1, output: 10}]"))
	require.NoError(t, err)
	require.Equal(t, "[(0,'reported'),(0.002,'prices_file'),(999.999999999,'reported')]",
		ask(t, conn, "SELECT groupArray((cost_usd, cost_source)) FROM (SELECT * FROM llmtap.calls ORDER BY cost_usd)"))
	require.Equal(t, "1000.001999999", ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.cost_1h"))
}

func TestRepriceFromTokenCounts(t *testing.T) {
	url, conn := filled(t)
	prices := priceFile(t, "version: a\nprices: [{model: m, input: 0.001, output: 1}]")
	said, err := callOfDay(t, url, "reprice", "-prices", prices)
	require.NoError(t, err, said)
	require.Contains(t, said, "the costs of 200 calls are being stored; 0 of them are unknown\n")
	// Two batches of calls with 0 to 99 input tokens at 0.001 and 7 output tokens at 1 USD per million.
	require.Equal(t, "0.0014099", ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.calls"))
	require.Equal(t, "0.0014099", ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.cost_1h"))
	require.Equal(t, "['prices_file a']", ask(t, conn, "SELECT groupUniqArray(cost_source || ' ' || price_version) FROM llmtap.calls"))
	first := state(t, conn)
	_, err = callOfDay(t, url, "reprice", "-prices", prices)
	require.NoError(t, err)
	require.Equal(t, first, state(t, conn), "once more changes nothing")

	prices = priceFile(t, "prices: [{model: other, input: 1, output: 1}]")
	_, err = callOfDay(t, url, "reprice", "-prices", prices)
	require.ErrorContains(t, err, "200 calls that have a cost would have none: no price of the file or the book fits m, as")
	require.Equal(t, first, state(t, conn), "what nothing could bring back is there")
	said, err = callOfDay(t, url, "reprice", "-prices", prices, "-forget")
	require.NoError(t, err)
	require.Contains(t, said, "the costs of 200 calls are being stored; 200 of them are unknown\n")
	require.Equal(t, "200", ask(t, conn, "SELECT countIf(cost_usd IS NULL) FROM llmtap.calls"), "without a price a cost is unknown")
	require.Equal(t, "200", ask(t, conn, "SELECT sum(unpriced) FROM llmtap.cost_1h"))
	_, err = callOfDay(t, url, "reprice", "-prices", prices)
	require.NoError(t, err, "what is unknown may stay so")
	_, err = call(t, "reprice", "-url", url, "-from", "2026-11-20T10:00:00Z", "-to", "2026-11-20T11:00:00Z", "-prices",
		priceFile(t, "prices: [{model: m, per_call: 1}]"))
	require.NoError(t, err)
	require.Equal(t, "[(9,0),(10,80)]", ask(t, conn, "SELECT groupArray((toHour(t), c)) FROM (SELECT t, toInt32(sum(cost_usd)) AS c FROM llmtap.cost_1h GROUP BY t ORDER BY t)"))
}

func TestMachinesAreDividedAmongTheirCalls(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	calls := make([]genai.Call, 500)
	for i := range calls {
		calls[i] = genai.Call{
			Operation: genai.OperationChat, RequestModel: "qwen", Outcome: genai.OutcomeOK, Upstream: "gpu",
			Caller:   genai.Caller{UserID: fmt.Sprint("u", i%7)},
			Start:    start.Truncate(time.Hour).Add(time.Duration(r.Int64N(int64(100 * time.Minute)))).Truncate(time.Microsecond),
			Duration: time.Duration(r.Int64N(int64(10 * time.Minute))).Truncate(time.Microsecond),
			Usage:    genai.Usage{Input: genai.Known(r.Int64N(5000)), Output: genai.Known(r.Int64N(500))},
		}
	}
	calls[0].Upstream = "elsewhere"
	url, conn := filledWith(t, calls)
	prices := priceFile(t, `
version: h
prices: [{model: qwen, input: 1, output: 1}]
machines: [{upstream: gpu, hourly_usd: 4.20, replicas: 2, weight: tokens, from: 2026-11-20T09:00:00Z}]`)
	args := []string{"reprice", "-url", url, "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T12:00:00Z", "-prices", prices}
	_, err := call(t, args...)
	require.NoError(t, err)
	onGPU := ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.calls WHERE upstream = 'gpu'")
	require.Equal(t, "499", ask(t, conn, "SELECT count() FROM llmtap.calls WHERE cost_source = 'hourly' AND cost_usd IS NOT NULL"))
	require.Equal(t, "25.2", ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.machine_1h FINAL"), "three hours of two machines")
	require.Equal(t, "0", ask(t, conn, "SELECT countIf(cost_usd != calls_usd + idle_usd) FROM llmtap.machine_1h FINAL"))
	require.Equal(t, onGPU, ask(t, conn, "SELECT sum(calls_usd) FROM llmtap.machine_1h FINAL"))
	require.Equal(t, onGPU, ask(t, conn, "SELECT sum(cost_usd) FROM llmtap.cost_1h WHERE upstream = 'gpu'"))
	require.Equal(t, "prices_file", ask(t, conn, "SELECT any(cost_source) FROM llmtap.calls WHERE upstream = 'elsewhere'"))
	whole := state(t, conn)
	_, err = call(t, args...)
	require.NoError(t, err)
	require.Equal(t, whole, state(t, conn))
	for hour := range 3 { // hour by hour it is the same as all at once
		_, err = call(t, "reprice", "-url", url, "-from", fmt.Sprintf("2026-11-20T%02d:00:00Z", 9+hour), "-to",
			fmt.Sprintf("2026-11-20T%02d:00:00Z", 10+hour), "-prices", prices, "-longest", "10m")
		require.NoError(t, err)
	}
	require.Equal(t, whole, state(t, conn))

	// Without the machine, or by another name, the hours of the range are no longer its.
	args[6] = "2026-11-20T11:00:00Z"
	_, err = call(t, append(args[:7:7], "-prices", priceFile(t, "prices: [{model: qwen, input: 1, output: 1}]\nmachines: [{upstream: gpu-2, hourly_usd: 1, from: 2026-11-20T10:00:00Z}]"))...)
	require.NoError(t, err)
	require.Equal(t, "[(10,'gpu-2',1),(11,'gpu',8.4)]", ask(t, conn, "SELECT groupArray((toHour(t), upstream, cost_usd)) FROM (SELECT * FROM llmtap.machine_1h FINAL ORDER BY t)"))
}

// What looks after another call, and what has a price of its own since it began before the machine had one, takes nothing of the machine's
// cost: no call would have it.
func TestCallsThatAreNotTheMachinesHaveNoShare(t *testing.T) {
	hour := start.Truncate(time.Hour)
	on := func(op genai.Operation, begin, length time.Duration) genai.Call {
		return genai.Call{
			Operation: op, RequestModel: "qwen", Outcome: genai.OutcomeOK, Upstream: "gpu", Start: hour.Add(begin), Duration: length,
			Usage: genai.Usage{Input: genai.Known(10), Output: genai.Known(10)},
		}
	}
	url, conn := filledWith(t, []genai.Call{
		on(genai.OperationChat, 0, 30*time.Minute), on(genai.OperationCountTokens, 15*time.Minute, 30*time.Minute),
		on(genai.OperationChat, -30*time.Minute, 40*time.Minute),
	})
	_, err := call(t, "reprice", "-url", url, "-from", "2026-11-20T08:00:00Z", "-to", "2026-11-20T10:00:00Z", "-prices", priceFile(t, `
prices: [{model: qwen, per_call: 7}]
machines: [{upstream: gpu, hourly_usd: 4, from: 2026-11-20T09:00:00Z}]`))
	require.NoError(t, err)
	require.Equal(t, "[('not_billed',0),('prices_file',7),('hourly',2)]", ask(t, conn,
		"SELECT groupArray((cost_source, cost_usd)) FROM (SELECT * FROM llmtap.calls ORDER BY cost_source != 'not_billed', ts)"))
	require.Equal(t, "[(9,2,2)]", ask(t, conn, "SELECT groupArray((toHour(t), calls_usd, idle_usd)) FROM llmtap.machine_1h FINAL"))
}

// A machine that was given back costs nothing idle any more. What is called at its address then, and may run until there is one again,
// has the price of its tokens.
func TestMachineThatWasGivenBack(t *testing.T) {
	hour := start.Truncate(time.Hour)
	on := func(begin, length time.Duration) genai.Call {
		return genai.Call{
			Operation: genai.OperationChat, RequestModel: "qwen", Outcome: genai.OutcomeOK, Upstream: "gpu", Start: hour.Add(begin), Duration: length,
			Usage: genai.Usage{Input: genai.Known(10), Output: genai.Known(10)},
		}
	}
	url, conn := filledWith(t, []genai.Call{on(0, 90*time.Minute), on(70*time.Minute, 60*time.Minute), on(130*time.Minute, time.Minute)})
	_, err := call(t, "reprice", "-url", url, "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T12:00:00Z", "-longest", "2h", "-prices", priceFile(t, `
prices: [{model: qwen, per_call: 7}]
machines:
  - {upstream: gpu, hourly_usd: 4, from: 2026-11-20T09:00:00Z}
  - {upstream: gpu, replicas: 0, from: 2026-11-20T10:00:00Z}
  - {upstream: gpu, hourly_usd: 3, from: 2026-11-20T11:00:00Z}`))
	require.NoError(t, err)
	require.Equal(t, "[4,7,0.05]", ask(t, conn, "SELECT groupArray(cost_usd) FROM (SELECT cost_usd FROM llmtap.calls ORDER BY ts)"))
	require.Equal(t, "[(9,4,0),(11,0.05,2.95)]",
		ask(t, conn, "SELECT groupArray((toHour(t), calls_usd, idle_usd)) FROM (SELECT * FROM llmtap.machine_1h FINAL ORDER BY t)"))
}

func TestRepriceRefuses(t *testing.T) {
	url, _ := filledWith(t, []genai.Call{{Operation: genai.OperationChat, Start: start}})
	recent := time.Now().UTC().Truncate(time.Hour)
	f := func(problem, prices string, from time.Time, more ...string) {
		t.Helper()
		_, err := call(t, append([]string{"reprice", "-url", url, "-from", from.Format(time.RFC3339), "-to", from.Add(time.Hour).Format(time.RFC3339),
			"-prices", prices}, more...)...)
		require.ErrorContains(t, err, problem)
	}
	f("no such file", filepath.Join(t.TempDir(), "none"), start)
	f("price 0: no price given", priceFile(t, "prices: [{model: m}]"), start)
	f("when: ", priceFile(t, `prices: [{model: m, when: 'span.name == "x"', per_call: 1}]`), start)
	f("may still come", priceFile(t, "prices: []\nmachines: [{upstream: gpu, hourly_usd: 1, from: 2026-01-01}]"), recent)
	f("-longest -2h0m0s: ", priceFile(t, "prices: []\nmachines: [{upstream: gpu, hourly_usd: 1, from: 2026-01-01}]"), recent, "-longest", "-2h")
}

// A call that is stored twice was made once: the machine's hour is divided as without the second row, which is taken out afterwards.
func TestCallThatIsStoredTwiceHasOneShare(t *testing.T) {
	hour := start.Truncate(time.Hour)
	beside := genai.Call{Operation: genai.OperationChat, Outcome: genai.OutcomeOK, Upstream: "gpu", Start: hour, Duration: 30 * time.Minute}
	url, conn := filledWith(t, []genai.Call{beside, beside})
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO llmtap.calls SELECT * REPLACE (batch_id + 1 AS batch_id, inserted_at + 1 AS inserted_at) FROM llmtap.calls LIMIT 1"))
	args := []string{"reprice", "-url", url, "-from", "2026-11-20T09:00:00Z", "-to", "2026-11-20T10:00:00Z", "-prices",
		priceFile(t, "prices: []\nmachines: [{upstream: gpu, hourly_usd: 4, from: 2026-11-20T09:00:00Z}]")}
	for range 2 {
		said, err := call(t, args...)
		require.NoError(t, err)
		require.Contains(t, said, "the costs of 2 calls are being stored; 0 of them are unknown\n")
		require.Equal(t, "[1,1]", ask(t, conn, "SELECT groupArray(cost_usd) FROM llmtap.calls"))
	}
}
