// Package embedded opens a ClickHouse in this process, for what is measured with it.
package embedded

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

// Engine is the running ClickHouse, with a connection to it.
type Engine struct {
	*clickhouseembeddedextension.Extension
	Conn driver.Conn

	temporary string
}

// Open starts the engine with a changed configuration, in a folder; without one, in a folder of its own that goes with it.
func Open(ctx context.Context, folder string, change func(*clickhouseembeddedextension.Config)) (e *Engine, err error) {
	e = new(Engine)
	if folder == "" {
		if e.temporary, err = os.MkdirTemp("", "llmtap-bench-"); err != nil {
			return nil, err
		}
		folder = e.temporary
	}
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir = "127.0.0.1:0", folder
	change(config)
	created, err := factory.Create(ctx, extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		return nil, err
	}
	e.Extension = created.(*clickhouseembeddedextension.Extension)
	if err := e.Start(ctx, componenttest.NewNopHost()); err != nil {
		return nil, err
	}
	if e.Conn, err = clickhouse.Open(&clickhouse.Options{Addr: []string{e.Addr()}, Protocol: clickhouse.HTTP, ReadTimeout: time.Hour}); err != nil {
		return nil, err
	}
	return e, nil
}

// Close stops the engine; a folder that was named stays.
func (e *Engine) Close(ctx context.Context) error {
	return errors.Join(e.Conn.Close(), e.Shutdown(ctx), os.RemoveAll(e.temporary))
}

// CPUTime is that of this process, and so of an engine in it: what something takes also where others use the machine.
func CPUTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
