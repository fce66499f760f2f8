// Command store measures the queries that people ask most, over ten million generated calls in the embedded ClickHouse. It
// fails when the median of one is over its limit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/llmtap/llmtap/bench/stored"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/genai"
)

// limit is what a query may take.
const limit = 100 * time.Millisecond

func main() {
	data := flag.String("data", ".cache/bench-store", "`folder` of the data, filled when it has none")
	calls := flag.Int("calls", 10_000_000, "`number` of calls")
	runs := flag.Int("runs", 9, "`number` of times that each query runs")
	flag.Parse()
	if err := run(context.Background(), *data, *calls, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data string, calls, runs int) (err error) {
	engine, err := stored.Open(ctx, data, calls)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close(ctx)) }()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{engine.Address}, Protocol: clickhouse.HTTP, ReadTimeout: 10 * time.Minute})
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, conn, engine.Calls, runs), conn.Close())
}

// query is a question with the parameters that it needs.
type query struct{ name, sql string }

func queries(call genai.Call) []query {
	return []query{
		{"cost per user, 24 h", `SELECT user_id, sum(cost_usd) AS usd, sum(calls) AS n FROM llmtap.cost_1h
			WHERE t >= {end:DateTime('UTC')} - INTERVAL 24 HOUR GROUP BY user_id ORDER BY usd DESC LIMIT 100`},
		{"cost per user, 24 h, from calls", `SELECT user_id, sum(cost_usd) AS usd, count() AS n FROM llmtap.calls
			WHERE ts >= {end:DateTime('UTC')} - INTERVAL 24 HOUR GROUP BY user_id ORDER BY usd DESC LIMIT 100`},
		{"top models, 30 days", `SELECT model, sum(cost_usd) AS usd, sum(calls) AS n, sum(input_tokens), sum(output_tokens) FROM llmtap.cost_1h
			WHERE t >= {end:DateTime('UTC')} - INTERVAL 30 DAY GROUP BY model ORDER BY n DESC LIMIT 20`},
		{"p99 per model, 7 days", `SELECT model, quantilesTDigestMerge(0.5, 0.95, 0.99)(dur_q)[3] AS p99 FROM llmtap.perf_1m
			WHERE t >= {end:DateTime('UTC')} - INTERVAL 7 DAY GROUP BY model ORDER BY model`},
		{"p99 per model, 7 days, from calls", `SELECT model, quantileTDigest(0.99)(toFloat32(duration_us)) AS p99 FROM llmtap.calls
			WHERE ts >= {end:DateTime('UTC')} - INTERVAL 7 DAY AND outcome = 'ok' GROUP BY model ORDER BY model`},
		{"p99 per model, 7 days, from bins", `SELECT model, arrayFirst((b, s) -> s >= 0.99 * total, bins, running) AS bin,
				exp((bin + 1) * log(1.02)) AS p99_ms FROM (
			SELECT model, mapSort(sumMap(dur_hist)) AS h, mapKeys(h) AS bins, arrayCumSum(mapValues(h)) AS running, running[-1] AS total
			FROM llmtap.perf_1m WHERE t >= {end:DateTime('UTC')} - INTERVAL 7 DAY GROUP BY model) ORDER BY model`},
		{"one call by id", "SELECT * FROM llmtap.calls WHERE call_id = '" + call.ID().String() + "'"},
		{"one conversation", "SELECT ts, model, input_tokens, output_tokens, cost_usd FROM llmtap.calls WHERE conversation_id = '" + call.ConversationID + "' ORDER BY ts"},
	}
}

// measure asks for a call from the middle of the time.
func measure(ctx context.Context, conn driver.Conn, generated callgen.Config, runs int) error {
	generator := callgen.New(generated)
	var call genai.Call
	for range generated.Calls / 2 {
		generator.Next(&call)
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"end": stored.End.Format(time.DateTime)}))
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "query over %d calls\trows\tmedian\tslowest\tCPU of both cores\t\n", generated.Calls)
	var failed error
	for _, q := range queries(call) {
		times := make([]time.Duration, runs)
		rows, cpu := 0, cpuTime()
		for i := range times {
			var err error
			if times[i], rows, err = ask(ctx, conn, q.sql); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
		}
		slices.Sort(times)
		median, cpu := times[runs/2], (cpuTime()-cpu)/time.Duration(runs)
		fmt.Fprintf(table, "%s\t%d\t%v\t%v\t%v\t\n", q.name, rows, median.Round(100*time.Microsecond), times[runs-1].Round(100*time.Microsecond), cpu.Round(100*time.Microsecond))
		if median > limit {
			failed = fmt.Errorf("%s takes %v, and may take %v", q.name, median, limit)
		}
		if rows == 0 {
			failed = fmt.Errorf("%s finds nothing", q.name)
		}
	}
	return errors.Join(table.Flush(), failed)
}

// cpuTime is that of this process, and so of the engine in it: what a query needs also where others use the machine.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func ask(ctx context.Context, conn driver.Conn, sql string) (time.Duration, int, error) {
	begin := time.Now()
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return time.Since(begin), n, rows.Err()
}
