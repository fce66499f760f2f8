// Command store measures the queries that people ask most, over ten million generated calls in the embedded ClickHouse, and what room
// the calls take, and writes both into pages. It fails when the median of a query is over its limit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/llmtap/llmtap/bench/document"
	"github.com/llmtap/llmtap/bench/embedded"
	"github.com/llmtap/llmtap/bench/stored"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/genai"
)

// limit is what a query may take.
const limit = 100 * time.Millisecond

func main() {
	data := flag.String("data", ".cache/bench-store", "`folder` of the data, filled when it has none")
	calls := flag.Int("calls", 10_000_000, "`number` of calls")
	runs := flag.Int("runs", 9, "`number` of times that each query runs, after one that does not count")
	page := flag.String("out", "docs/storage.md", "`page` that the figures are written into")
	room := flag.String("sizes", "docs/sizing.md", "`page` that the sizes of the tables are written into")
	flag.Parse()
	if err := run(context.Background(), *data, *calls, *runs, *page, *room); err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data string, calls, runs int, page, room string) (err error) {
	engine, err := stored.Open(ctx, data, calls)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close(ctx)) }()
	return errors.Join(sizes(ctx, engine.Conn, calls, room), measure(ctx, engine.Conn, engine.Calls, runs, page))
}

// query is a question with the parameters that it needs.
type query struct{ name, sql string }

func queries(call genai.Call) []query {
	return []query{
		{"cost per user, 24 h", `SELECT user_id, sum(cost_usd) AS usd, sum(calls) AS n FROM llmtap.cost_1h
			WHERE t >= {end:DateTime('UTC')} - INTERVAL 24 HOUR GROUP BY user_id ORDER BY usd DESC LIMIT 100`},
		{"cost per user, 24 h, from every call", `SELECT user_id, sum(cost_usd) AS usd, count() AS n FROM llmtap.calls
			WHERE ts >= {end:DateTime('UTC')} - INTERVAL 24 HOUR GROUP BY user_id ORDER BY usd DESC LIMIT 100`},
		{"top models, 30 days", `SELECT model, sum(cost_usd) AS usd, count() AS n, sum(input_tokens), sum(output_tokens) FROM llmtap.calls
			WHERE toStartOfHour(ts) >= {end:DateTime('UTC')} - INTERVAL 30 DAY GROUP BY model ORDER BY n DESC LIMIT 20`},
		{"top models, 30 days, from cost_1h", `SELECT model, sum(cost_usd) AS usd, sum(calls) AS n, sum(input_tokens), sum(output_tokens)
			FROM llmtap.cost_1h WHERE t >= {end:DateTime('UTC')} - INTERVAL 30 DAY GROUP BY model ORDER BY n DESC LIMIT 20`},
		{"p99 per model, 7 days", `SELECT model, quantilesDD(0.01, 0.5, 0.95, 0.99)(duration_us)[3] AS p99 FROM llmtap.calls
			WHERE toStartOfHour(ts) >= {end:DateTime('UTC')} - INTERVAL 7 DAY AND outcome = 'ok' GROUP BY model ORDER BY model`},
		{"p99 per model, 7 days, from every call", `SELECT model, quantileTDigest(0.99)(duration_us) AS p99 FROM llmtap.calls
			WHERE ts >= {end:DateTime('UTC')} - INTERVAL 7 DAY AND outcome = 'ok' GROUP BY model ORDER BY model`},
		{"one call by id", "SELECT * FROM llmtap.calls WHERE call_id = '" + call.ID().String() + "'"},
		{"one conversation", "SELECT ts, model, input_tokens, output_tokens, cost_usd FROM llmtap.calls WHERE conversation_id = '" + call.ConversationID + "' ORDER BY ts"},
	}
}

// beside are the questions asked for comparison, which have no limit.
func (q query) beside() bool { return strings.Contains(q.name, ", from ") }

// measure asks for a call from the middle of the time.
func measure(ctx context.Context, conn driver.Conn, generated callgen.Config, runs int, page string) error {
	generator := callgen.New(generated)
	var call genai.Call
	for range generated.Calls / 2 {
		generator.Next(&call)
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"end": stored.End.Format(time.DateTime)}))
	table := document.Table{
		Head: []string{"question", "rows", "min ms", "median ms", "max ms", "CPU ms, both cores", ""},
		Note: fmt.Sprintf("%d generated calls of 30 days, %d runs each, over HTTP. ", generated.Calls, runs),
	}
	var failed []error
	for _, q := range queries(call) {
		times := make([]time.Duration, runs)
		rows, cpu := 0, time.Duration(0)
		for i := range runs + 1 {
			before := embedded.CPUTime()
			spent, n, err := ask(ctx, conn, q.sql)
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			if rows = n; i > 0 {
				times[i-1], cpu = spent, cpu+embedded.CPUTime()-before
			}
		}
		slices.Sort(times)
		median, verdict := times[runs/2], ""
		switch {
		case rows == 0:
			failed = append(failed, fmt.Errorf("%s finds nothing", q.name))
		case median > limit:
			verdict = "**over 100 ms**"
			if !q.beside() {
				failed = append(failed, fmt.Errorf("%s takes %v, and may take %v", q.name, median, limit))
			}
		}
		table.Rows = append(table.Rows, []string{q.name, strconv.Itoa(rows), millis(times[0]), millis(median), millis(times[runs-1]), millis(cpu / time.Duration(runs)), verdict})
		fmt.Println(table.Rows[len(table.Rows)-1])
	}
	return errors.Join(document.Put(page, "questions", table), errors.Join(failed...))
}

func millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64)
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
