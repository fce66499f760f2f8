// Command llmtapgen fills a ClickHouse with generated model calls, for looking at dashboards and for tests. The same seed
// and time range always make the same calls.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/command"
)

func main() { command.Main("llmtapgen", run) }

func run(ctx context.Context, args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("llmtapgen", flag.ContinueOnError)
	url := flags.String("url", "http://127.0.0.1:8123", "`address` of ClickHouse's HTTP interface")
	calls := flags.Int("calls", 100_000, "`number` of calls")
	users := flags.Int("users", 3000, "`number` of users")
	seed := flags.Uint64("seed", 1, "`seed` of all chance")
	days := flags.Int("days", 30, "`number` of days that the calls are spread over, up to -to")
	to := flags.String("to", time.Now().UTC().Format(time.RFC3339), "`time` before which the last call begins")
	if err := command.Parse(flags, args, stderr, "everything is given by name, like -calls 1000"); err != nil {
		return err
	}
	end, err := time.Parse(time.RFC3339, *to)
	if err != nil {
		return fmt.Errorf("-to %s: write it like 2026-11-23T10:00:00Z", *to)
	}
	if *calls < 1 || *users < 1 || *days < 1 {
		return errors.New("-calls, -users and -days must be above 0")
	}
	config := callgen.Config{Seed: *seed, Calls: *calls, Users: *users, From: end.AddDate(0, 0, -*days), To: end}
	defer fmt.Fprintln(stderr) // ends the line of the progress
	return callgen.Write(ctx, *url, config, func(made int) { fmt.Fprintf(stderr, "\r%d calls", made) })
}
