package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter/detection"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
	"github.com/llmtap/llmtap/internal/callgen"
	"github.com/llmtap/llmtap/internal/genai"
)

// engine is ClickHouse in this process. Each world has a database of its own in it.
type engine struct {
	*clickhouseembeddedextension.Extension
	conn   driver.Conn
	folder string
}

func startEngine(ctx context.Context) (*engine, error) {
	folder, err := os.MkdirTemp("", "detection")
	if err != nil {
		return nil, err
	}
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir, config.QueryTimeout = "127.0.0.1:0", folder, 0 // a run may be stopped for long, and go on
	created, err := factory.Create(ctx, extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		return nil, err
	}
	if err := created.Start(ctx, componenttest.NewNopHost()); err != nil {
		return nil, err
	}
	e := &engine{Extension: created.(*clickhouseembeddedextension.Extension), folder: folder}
	e.conn, err = clickhouse.Open(&clickhouse.Options{Addr: []string{e.Addr()}, Protocol: clickhouse.HTTP, ReadTimeout: time.Hour, Settings: clickhouse.Settings{"max_execution_time": 0}})
	return e, err
}

func (e *engine) stop(ctx context.Context) error {
	return errors.Join(e.conn.Close(), e.Shutdown(ctx), os.RemoveAll(e.folder))
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
		if err := e.conn.Exec(ctx, "ALTER TABLE "+database+"."+table+" REMOVE TTL"); err != nil {
			return 0, err
		}
	}
	if err := h.write(ctx); err != nil {
		return 0, err
	}
	for day := from; !day.After(w.end()); day = day.AddDate(0, 0, 1) { // once more than days, since a run makes no more than a day
		if err := e.closeBlocks(ctx, database, day.AddDate(0, 0, 1)); err != nil {
			return 0, err
		}
	}
	return calls, e.conn.Exec(ctx, "OPTIMIZE TABLE "+database+".blocks_10m FINAL")
}

// closeBlocks makes the blocks of a day.
func (e *engine) closeBlocks(ctx context.Context, database string, end time.Time) error {
	c := detection.DefaultConfig()
	statement, err := c.Statement(database, c.Tiers()[0], "blocks", end)
	if err != nil {
		return err
	}
	return e.conn.Exec(ctx, statement)
}

// drop removes a world.
func (e *engine) drop(ctx context.Context, database string) error {
	return e.conn.Exec(ctx, "DROP DATABASE "+database+" SYNC")
}

// rows gives what a query answers, as texts.
func (e *engine) rows(ctx context.Context, query string, args ...any) (all [][]string, err error) {
	rows, err := e.conn.Query(ctx, fmt.Sprintf(query, args...))
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
