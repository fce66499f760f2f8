// Package stored opens an embedded ClickHouse that holds generated calls, for what is measured over many of them.
package stored

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
)

// End is when the generated calls end; 30 days are before it.
var End = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Username and Password are those of a user of the engine who can only read.
const (
	Username = "reader"
	Password = "reads"
)

// Engine is the running ClickHouse.
type Engine struct {
	*embedded.Engine
	Calls callgen.Config
}

// Open starts the engine in a folder and fills it unless it holds that many calls already.
func Open(ctx context.Context, folder string, calls int) (*Engine, error) {
	running, err := embedded.Open(ctx, folder, func(config *clickhouseembeddedextension.Config) {
		config.ReadonlyUsername, config.ReadonlyPassword = Username, Password
	})
	if err != nil {
		return nil, err
	}
	engine := &Engine{running, callgen.Config{Seed: 1, Calls: calls, Users: 3000, From: End.AddDate(0, 0, -30), To: End}}
	if err := engine.fill(ctx); err != nil {
		return nil, errors.Join(err, engine.Close(ctx))
	}
	return engine, nil
}

func (e *Engine) fill(ctx context.Context) error {
	if stored, err := e.count(ctx); err != nil || stored == uint64(e.Calls.Calls) {
		return err
	}
	begin := time.Now()
	settings := genaiclickhouseexporter.NewFactory().CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	settings.Endpoints = []string{"http://" + e.Addr()}
	settings.TTL = genaiclickhouseexporter.TTLConfig{} // the calls are of fixed days
	err := callgen.Store(ctx, settings, callgen.New(e.Calls).Next, func(made int) { fmt.Fprintf(os.Stderr, "\r%d calls", made) })
	fmt.Fprintf(os.Stderr, " in %v\n", time.Since(begin).Round(time.Second))
	return err
}

// count is how many calls there are, 0 also where the tables are missing.
func (e *Engine) count(ctx context.Context) (calls uint64, err error) {
	err = e.Conn.QueryRow(ctx, "SELECT ifNull(sum(total_rows), 0) FROM system.tables WHERE database = 'llmtap' AND name = 'calls'").Scan(&calls)
	return calls, err
}
