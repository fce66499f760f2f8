// Command cost measures what share of two cores the detectors take at a million calls a day.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/llmtap/llmtap/bench/embedded"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/internal/callgen"
)

const (
	callsOfDay = 1_000_000
	// days of calls are made; what the detectors read of the time before are copies of the last day's blocks and costs.
	days        = 2
	historyDays = 44
	users       = 20_000
	// limit is what all detectors together may take of two cores.
	limit = 0.01
	cores = 2
)

func main() {
	hours := flag.Int("hours", 1, "`hours` of runs to measure")
	flag.Parse()
	if err := run(context.Background(), *hours); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, hours int) (err error) {
	engine, err := embedded.Open(ctx, "", func(*clickhouseembeddedextension.Config) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close(ctx)) }()
	end := time.Now().UTC().Truncate(24 * time.Hour)
	if err := fill(ctx, engine.Conn, "http://"+engine.Addr(), end); err != nil {
		return err
	}
	return measure(ctx, engine.Conn, end.Add(-time.Duration(hours)*time.Hour), end)
}

func fill(ctx context.Context, conn driver.Conn, url string, end time.Time) error {
	settings := genaiclickhouseexporter.NewFactory().CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	settings.Endpoints, settings.Detection.Enabled = []string{url}, false
	generator := callgen.New(callgen.Config{Seed: 1, Calls: days * callsOfDay, Users: users, From: end.AddDate(0, 0, -days), To: end})
	if err := callgen.Store(ctx, settings, generator.Next, func(made int) { fmt.Fprintf(os.Stderr, "\r%d calls", made) }); err != nil {
		return err
	}
	c := detection.DefaultConfig()
	for day := range days + 1 {
		if err := c.RunStep(ctx, conn, "llmtap", c.Tiers()[0], "blocks", end.AddDate(0, 0, day-days).Add(time.Hour)); err != nil {
			return err
		}
	}
	for day := 1; day < historyDays; day++ {
		for table, until := range map[string]int{"blocks_10m": historyDays, "cost_1h": 9} {
			if day >= until {
				continue
			}
			copied := fmt.Sprintf(`INSERT INTO llmtap.%[1]s SELECT * REPLACE (t - INTERVAL %[2]d DAY AS t) FROM llmtap.%[1]s
				WHERE t >= toDateTime(%[3]d, 'UTC') AND t < toDateTime(%[4]d, 'UTC') SETTINGS insert_deduplicate = 0`, table, day, end.AddDate(0, 0, -1).Unix(), end.Unix())
			if err := conn.Exec(ctx, copied); err != nil {
				return fmt.Errorf("copy a day of %s: %w", table, err)
			}
		}
	}
	return nil
}

// measure does the runs of some hours, each as often as its view would, after one of each that is not counted.
func measure(ctx context.Context, conn driver.Conn, from, to time.Time) error {
	c := detection.DefaultConfig()
	took := map[string]time.Duration{}
	var all time.Duration
	for at := from; !at.After(to); at = at.Add(time.Minute) {
		for _, tier := range c.Tiers() {
			if at.Sub(from)%tier.Every != 0 {
				continue
			}
			for _, step := range tier.Steps {
				before := embedded.CPUTime()
				if err := c.RunStep(ctx, conn, "llmtap", tier, step, at); err != nil {
					return err
				}
				if at.After(from) {
					took[tier.Name+" "+step] += embedded.CPUTime() - before
					all += embedded.CPUTime() - before
				}
			}
		}
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	available := to.Sub(from).Seconds() * cores
	fmt.Fprintf(table, "detector, of %d calls a day and %d users\tCPU seconds an hour\tof %d cores\t\n", callsOfDay, users, cores)
	for _, tier := range c.Tiers() {
		for _, step := range tier.Steps {
			s := took[tier.Name+" "+step].Seconds()
			fmt.Fprintf(table, "%s %s\t%.2f\t%.3f %%\t\n", tier.Name, step, s/to.Sub(from).Hours(), 100*s/available)
		}
	}
	share := all.Seconds() / available
	fmt.Fprintf(table, "all\t%.2f\t%.3f %%\t\n", all.Seconds()/to.Sub(from).Hours(), 100*share)
	if err := table.Flush(); err != nil {
		return err
	}
	if share > limit {
		return fmt.Errorf("the detectors take %.2f %% of %d cores, and may take %.0f %%", 100*share, cores, 100*limit)
	}
	return nil
}
