package clickhouseembeddedextension

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/httpinterface"
	"github.com/llmtap/llmtap/internal/listening"
)

// Extension is a running ClickHouse.
type Extension struct {
	id       component.ID
	config   *Config
	settings component.TelemetrySettings

	folder   *dataFolder
	listener net.Listener
	engine   *chdb.Engine
	handler  *httpinterface.Handler
	server   *http.Server
	served   chan struct{}
}

var _ extension.Extension = (*Extension)(nil)

// Addr is the host and port that are served, "" while the extension is not started.
func (e *Extension) Addr() string {
	if e.listener == nil {
		return ""
	}
	return e.listener.Addr().String()
}

// Start opens the engine and serves it. Both are ready when Start returns, so exporters can use them in their own Start.
func (e *Extension) Start(ctx context.Context, host component.Host) error {
	if err := e.open(ctx); err != nil {
		return fmt.Errorf("%s: %w", e.id, errors.Join(err, e.release())) // the Collector does not name extensions
	}
	loopback := listening.OnLoopback(e.listener)
	if !loopback {
		e.settings.Logger.Warn("the embedded ClickHouse can be reached from other hosts, without TLS: set password, or listen on 127.0.0.1",
			zap.String("endpoint", e.Addr()), zap.Bool("password_set", e.config.Password != ""))
	}
	e.server = &http.Server{
		Handler:           guardBrowsers(e.handler, loopback),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          zap.NewStdLog(e.settings.Logger),
	}
	e.served = make(chan struct{})
	go func() {
		defer close(e.served)
		if err := e.server.Serve(e.listener); !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	}()
	if err := e.folder.roomForRows(); err != nil { // no reason to keep the Collector, and the proxy in it, from starting
		e.settings.Logger.Warn("ClickHouse takes no rows; calls wait in the exporter's queue, and queries go on", zap.Error(err))
	}
	e.settings.Logger.Info("ClickHouse is open", zap.String("endpoint", e.Addr()), zap.String("data_dir", e.folder.path),
		zap.String("version", e.handler.Version()))
	return nil
}

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 5 * time.Minute
	flushTimeout  = time.Second
)

func (e *Extension) open(ctx context.Context) error {
	library, err := findLibrary(e.config.Library)
	if err != nil {
		return err
	}
	if e.folder, err = openDataFolder(e.config.DataDir, e.config.MinFreeDiskMiB<<20); err != nil {
		return err
	}
	if e.listener, err = listening.Open(ctx, e.config.Endpoint); err != nil {
		return fmt.Errorf("endpoint: %w", err)
	}
	if e.engine, err = chdb.Open(library, e.folder.path, engineOptions(e.config)); err != nil {
		return err
	}
	e.handler, err = httpinterface.New(e.engine, httpinterface.Config{
		Users:        users(e.config),
		QueriesMax:   e.config.MaxConcurrentQueries,
		BodyBytesMax: e.config.MaxBodyMiB << 20,
		QueryTimeout: e.config.QueryTimeout,
		RoomForRows:  e.folder.roomForRows,
	})
	return err
}

func users(config *Config) []httpinterface.User {
	users := []httpinterface.User{{Name: config.Username, Password: string(config.Password)}}
	if config.ReadonlyUsername != "" {
		users = append(users, httpinterface.User{Name: config.ReadonlyUsername, Password: string(config.ReadonlyPassword), ReadOnly: true})
	}
	return users
}

// engineOptions keep the engine small: it shares its machine with the Collector, and often with a model server.
func engineOptions(config *Config) []chdb.Setting {
	memory := config.MaxMemoryMiB << 20
	// The engine counts its caches into the limit but does not empty them for a query that needs memory.
	cache := strconv.FormatUint(memory/16, 10)
	return []chdb.Setting{
		// The engine reads configuration files that lie in the working folder unless it is told of one; this one is never there.
		{Name: "config-file", Value: "/nonexistent/llmtap"},
		{Name: "max_server_memory_usage", Value: strconv.FormatUint(memory, 10)},
		{Name: "mark_cache_size", Value: cache},
		{Name: "primary_index_cache_size", Value: cache},
		{Name: "index_mark_cache_size", Value: cache},
		{Name: "query_condition_cache_size", Value: cache},
		{Name: "background_pool_size", Value: "2"},
	}
}

// Shutdown lets running queries end, cancels those that take longer than shutdown_timeout, and closes the engine.
func (e *Extension) Shutdown(ctx context.Context) error {
	if e.server == nil {
		return nil
	}
	patient, cancel := context.WithTimeout(ctx, e.config.ShutdownTimeout)
	defer cancel()
	if err := e.server.Shutdown(patient); err != nil {
		e.settings.Logger.Warn("cancelling the queries that still run", zap.Duration("shutdown_timeout", e.config.ShutdownTimeout))
	}
	e.handler.Close()
	// The answers of the cancelled queries are on their way.
	flushed, cancelFlush := context.WithTimeout(ctx, flushTimeout)
	defer cancelFlush()
	err := e.server.Shutdown(flushed)
	if err != nil {
		err = e.server.Close()
	}
	<-e.served
	e.server = nil
	return errors.Join(err, e.release())
}

// release gives back what open took, also after an open that failed halfway.
func (e *Extension) release() error {
	var problems []error
	if e.engine != nil {
		e.engine.Close()
	}
	if e.listener != nil {
		if err := e.listener.Close(); !errors.Is(err, net.ErrClosed) {
			problems = append(problems, err)
		}
	}
	if e.folder != nil {
		problems = append(problems, e.folder.close())
	}
	e.engine, e.listener, e.folder, e.handler = nil, nil, nil, nil
	return errors.Join(problems...)
}
