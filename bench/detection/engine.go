package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/llmtap/llmtap/bench/embedded"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/genai"
)

// engine is ClickHouse in this process. Each world has a database of its own in it.
type engine struct{ *embedded.Engine }

func startEngine(ctx context.Context) (*engine, error) {
	running, err := embedded.Open(ctx, "", func(config *clickhouseembeddedextension.Config) {
		config.QueryTimeout = 0 // a run may be stopped for long, and go on
	})
	if err != nil {
		return nil, err
	}
	return &engine{running}, nil
}

// storedDays is how many days of calls the detectors read, of a name that moved three; of the time before they read blocks, and
// costs of costDays.
const (
	storedDays = 3
	costDays   = 9
)

// store writes a world into a new database: the calls from some days before the first run on, and what the engine would have made of
// those before. It closes all blocks. The detectors are run by hand.
func (e *engine) store(ctx context.Context, database string, w *World, firstRun time.Time) (calls int, err error) {
	settings := genaiclickhouseexporter.NewFactory().CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	settings.Endpoints, settings.Database, settings.Detection.Enabled = []string{"http://" + e.Addr()}, database, false
	settings.TTL = genaiclickhouseexporter.TTLConfig{} // the calls have dates of their own
	settings.TimeoutConfig.Timeout = time.Hour         // a run may share its machine
	from := firstRun.Truncate(24*time.Hour).AddDate(0, 0, -storedDays)
	t, h := w.traffic(), newHistory(e, database, from.AddDate(0, 0, storedDays-costDays))
	next := func(c *genai.Call) bool {
		for t.Next(c) {
			calls++
			if !c.Start.Before(from) {
				return true
			}
			h.add(c, t.at.Add(-blockTime))
		}
		return false
	}
	if err := callgen.Store(ctx, settings, next, func(int) { fmt.Fprintf(os.Stderr, "\r%s: %d calls", database, calls) }); err != nil {
		return 0, err
	}
	for _, table := range []string{"blocks_10m", "detections"} {
		if err := e.Conn.Exec(ctx, "ALTER TABLE "+database+"."+table+" REMOVE TTL"); err != nil {
			return 0, err
		}
	}
	if err := h.write(ctx); err != nil {
		return 0, err
	}
	for day := from; !day.After(w.end()); day = day.AddDate(0, 0, 1) { // once more than days, since a run makes no more than a day
		if err := defaults.RunStep(ctx, e.Conn, database, defaults.Tiers()[0], "blocks", day.AddDate(0, 0, 1)); err != nil {
			return 0, err
		}
	}
	return calls, e.Conn.Exec(ctx, "OPTIMIZE TABLE "+database+".blocks_10m FINAL")
}

// drop removes a world.
func (e *engine) drop(ctx context.Context, database string) error {
	return e.Conn.Exec(ctx, "DROP DATABASE "+database+" SYNC")
}

// rows gives what a query answers, as texts.
func (e *engine) rows(ctx context.Context, query string, args ...any) (all [][]string, err error) {
	rows, err := e.Conn.Query(ctx, fmt.Sprintf(query, args...))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		texts := make([]string, len(rows.Columns()))
		targets := make([]any, len(texts))
		for i := range texts {
			targets[i] = &texts[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		all = append(all, texts)
	}
	return all, rows.Err()
}
