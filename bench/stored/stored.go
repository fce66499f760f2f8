// Package stored opens an embedded ClickHouse that holds generated calls, for what is measured over many of them.
package stored

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"

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
	Address string // host and port
	Calls   callgen.Config

	running extension.Extension
}

// Open starts the engine in a folder and fills it unless it holds that many calls already.
func Open(ctx context.Context, folder string, calls int) (*Engine, error) {
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir = "127.0.0.1:0", folder
	config.ReadonlyUsername, config.ReadonlyPassword = Username, Password
	running, err := factory.Create(ctx, extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		return nil, err
	}
	if err := running.Start(ctx, componenttest.NewNopHost()); err != nil {
		return nil, err
	}
	engine := &Engine{
		Address: running.(*clickhouseembeddedextension.Extension).Addr(),
		Calls:   callgen.Config{Seed: 1, Calls: calls, Users: 3000, From: End.AddDate(0, 0, -30), To: End},
		running: running,
	}
	if err := engine.fill(ctx); err != nil {
		return nil, errors.Join(err, engine.Close(ctx))
	}
	return engine, nil
}

// Close stops the engine; the calls stay.
func (e *Engine) Close(ctx context.Context) error { return e.running.Shutdown(ctx) }

func (e *Engine) fill(ctx context.Context) error {
	if stored, err := e.count(ctx); err != nil || stored == e.Calls.Calls {
		return err
	}
	begin := time.Now()
	settings := genaiclickhouseexporter.NewFactory().CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	settings.Endpoints = []string{"http://" + e.Address}
	settings.TTL = genaiclickhouseexporter.TTLConfig{} // the calls are of fixed days
	err := callgen.Store(ctx, settings, callgen.New(e.Calls).Next, func(made int) { fmt.Fprintf(os.Stderr, "\r%d calls", made) })
	fmt.Fprintf(os.Stderr, " in %v\n", time.Since(begin).Round(time.Second))
	return err
}

// count is how many calls there are, 0 also where the tables are missing.
func (e *Engine) count(ctx context.Context) (int, error) {
	const sql = "SELECT ifNull(sum(total_rows), 0) FROM system.tables WHERE database = 'llmtap' AND name = 'calls'"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.Address, strings.NewReader(sql))
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(body)))
}
