package dashboardextension

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/dashboards"
	"github.com/llmtap/llmtap/internal/listening"
)

// Extension is the running page.
type Extension struct {
	id       component.ID
	config   *Config
	settings component.TelemetrySettings

	listener net.Listener
	server   *http.Server
	store    *store
	served   chan struct{}
}

var _ extension.Extension = (*Extension)(nil)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	// writeTimeout is what a browser has to take an answer, once ClickHouse has given it.
	writeTimeout = time.Minute
)

// Addr is the host and port that are served, "" while the extension is not started.
func (e *Extension) Addr() string {
	if e.listener == nil {
		return ""
	}
	return e.listener.Addr().String()
}

// Start serves the page. It does not wait for ClickHouse: panels say what is wrong.
func (e *Extension) Start(ctx context.Context, host component.Host) error {
	set, err := dashboards.Load()
	if err != nil {
		return err
	}
	if e.listener, err = listening.Open(ctx, e.config.Endpoint); err != nil {
		return fmt.Errorf("%s: endpoint: %w", e.id, err) // the Collector does not name extensions
	}
	loopback := listening.OnLoopback(e.listener)
	if !loopback {
		e.settings.Logger.Warn("the dashboards can be read from other hosts, without TLS and password: put a proxy with both before them, or listen on 127.0.0.1",
			zap.String("endpoint", e.Addr()))
	}
	e.store = newStore(&e.config.ClickHouse)
	page := &page{set: set, store: e.store, traceURL: e.config.TraceURL, logger: e.settings.Logger}
	e.server = &http.Server{
		Handler:           guard(page.routes(), loopback),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		WriteTimeout:      e.config.ClickHouse.Timeout + writeTimeout,
		ErrorLog:          zap.NewStdLog(e.settings.Logger),
	}
	e.served = make(chan struct{})
	go func() {
		defer close(e.served)
		if err := e.server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	}()
	e.settings.Logger.Info("the dashboards are open", zap.String("endpoint", e.Addr()))
	return nil
}

// Shutdown ends requests that still run: they only read.
func (e *Extension) Shutdown(context.Context) error {
	if e.server == nil {
		return nil
	}
	err := e.server.Close()
	<-e.served
	e.store.close()
	e.server = nil
	return err
}
