// Command exporter measures the exporter gen_ai_clickhouse beside contrib's clickhouseexporter in one run: the same spans to
// the same engine with the same compression, round by round in turn. The engine runs in a process of its own, so that the CPU time of this process is
// that of the exporters.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/bench/document"
	"github.com/llmtap/llmtap/bench/embedded"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/genai"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == engineMode {
		exitOn(runEngine(os.Args[2]))
		return
	}
	rounds := flag.Int("rounds", 7, "`number` of rounds; the first is not counted")
	batches := flag.Int("batches", 12, "`number` of batches in each round")
	calls := flag.Int("calls", 8192, "`number` of calls in a batch")
	page := flag.String("out", "../../docs/storage.md", "`page` that the figures are written into")
	profile := flag.String("cpuprofile", "", "`file` for a CPU profile of this process")
	flag.Parse()
	if *profile != "" {
		file, err := os.Create(*profile)
		exitOn(err)
		exitOn(pprof.StartCPUProfile(file))
		defer pprof.StopCPUProfile()
	}
	exitOn(run(context.Background(), *rounds, *batches, *calls, *page))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "exporter:", err)
		os.Exit(1)
	}
}

// result is what the rounds of one exporter came to.
type result struct {
	cpuPerRow    []time.Duration
	bytesPerCall float64
}

func run(ctx context.Context, rounds, batches, calls int, page string) (err error) {
	address, stop, err := startEngine(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{address}, Protocol: clickhouse.HTTP, ReadTimeout: 5 * time.Minute})
	if err != nil {
		return err
	}
	targets, err := newTargets(ctx, "http://"+address)
	if err != nil {
		return err
	}
	generator := callgen.New(callgen.Config{
		Seed: 1, Calls: rounds * batches * calls, Users: 3000, From: time.Now(), To: time.Now().Add(24 * time.Hour), // none is late
	})
	results := make([]result, len(targets))
	for round := range rounds {
		spans := makeSpans(generator, batches, calls)
		for i := range targets {
			t := (i + round) % len(targets)
			perRow, err := measure(ctx, targets[t], spans, batches*calls)
			if err != nil {
				return fmt.Errorf("%s: %w", targets[t].name, err)
			}
			if round > 0 {
				results[t].cpuPerRow = append(results[t].cpuPerRow, perRow)
			}
		}
	}
	for i, t := range targets {
		if results[i].bytesPerCall, err = size(ctx, conn, t.table, rounds*batches*calls); err != nil {
			return err
		}
	}
	return errors.Join(report(page, rounds, batches*calls, targets, results), conn.Close())
}

func makeSpans(generator *callgen.Generator, batches, calls int) []ptrace.Traces {
	all := make([]ptrace.Traces, batches)
	var call genai.Call
	for i := range all {
		all[i] = ptrace.NewTraces()
		resource := all[i].ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", "llmtap")
		spans := resource.ScopeSpans().AppendEmpty().Spans()
		for range calls {
			generator.Next(&call)
			genai.PutSpan(&call, spans.AppendEmpty())
		}
	}
	return all
}

// measure gives the CPU time of this process for each row.
func measure(ctx context.Context, t target, spans []ptrace.Traces, rows int) (time.Duration, error) {
	before := embedded.CPUTime()
	for _, batch := range spans {
		if err := t.exporter.ConsumeTraces(ctx, batch); err != nil {
			return 0, err
		}
	}
	return (embedded.CPUTime() - before) / time.Duration(rows), nil
}

// size is what a call takes on disk once all parts of the table are merged, and that all of them are there.
func size(ctx context.Context, conn driver.Conn, table string, want int) (float64, error) {
	if err := conn.Exec(ctx, "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
		return 0, err
	}
	database, name, _ := strings.Cut(table, ".")
	var bytes, rows uint64
	row := conn.QueryRow(ctx, "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database = {d:String} AND table = {t:String}",
		clickhouse.Named("d", database), clickhouse.Named("t", name))
	if err := row.Scan(&bytes, &rows); err != nil {
		return 0, err
	}
	if rows != uint64(want) { //nolint:gosec // small
		return 0, fmt.Errorf("%s has %d rows and not %d", table, rows, want)
	}
	return float64(bytes) / float64(rows), nil
}

// report compares each exporter with contrib's of the same compression, which is the next.
func report(page string, rounds, rows int, targets []target, results []result) error {
	table := document.Table{
		Head: []string{"exporter", "compression of both", "µs CPU a row: min", "median", "max", "rows a CPU second", "times contrib's", "bytes on disk a call"},
		Note: fmt.Sprintf("The same %d spans a round, %d rounds in turn, one warm-up round left out; CPU is of the exporters' process, the engine has its own. ", rows, rounds-1),
	}
	median := func(r result) time.Duration { return r.cpuPerRow[len(r.cpuPerRow)/2] }
	for i := range results {
		slices.Sort(results[i].cpuPerRow)
	}
	for i, t := range targets {
		cpu, ratio := results[i].cpuPerRow, ""
		if i%2 == 0 {
			ratio = fmt.Sprintf("%.2f", float64(median(results[i+1]))/float64(median(results[i])))
		}
		table.Rows = append(table.Rows, []string{
			t.name, t.compression, micros(cpu[0]), micros(median(results[i])), micros(cpu[len(cpu)-1]),
			strconv.FormatInt(int64(time.Second/median(results[i])), 10), ratio, fmt.Sprintf("%.1f", results[i].bytesPerCall),
		})
		fmt.Println(table.Rows[i])
	}
	return document.Put(page, "exporter", table)
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Nanoseconds())/1e3) }

// startEngine runs this program once more, as the engine alone.
func startEngine(ctx context.Context) (address string, stop func() error, err error) {
	folder, err := os.MkdirTemp("", "llmtap-bench-")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, os.Args[0], engineMode, folder) //nolint:gosec // this program
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	stop = func() error { return errors.Join(in.Close(), cmd.Wait(), os.RemoveAll(folder)) }
	if err != nil {
		return "", nil, errors.Join(err, stop())
	}
	return strings.TrimSpace(line), stop, nil
}
