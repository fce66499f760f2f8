package main

import (
	"context"
	"fmt"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
)

// target is an exporter that writes, in the caller's goroutine, into a table of its own.
type target struct {
	name     string
	table    string
	exporter exporter.Traces
}

// newTargets starts both exporters with their defaults, but without queue and retries, and contrib's without
// asynchronous inserts, which would answer before the rows are stored.
func newTargets(ctx context.Context, url string) ([]target, error) {
	ours, err := start(ctx, genaiclickhouseexporter.NewFactory(), map[string]any{
		"endpoints": []any{url}, "sending_queue": map[string]any{"enabled": false}, "retry_on_failure": map[string]any{"enabled": false},
		"timeout": time.Minute.String(),
	})
	if err != nil {
		return nil, err
	}
	contrib, err := start(ctx, clickhouseexporter.NewFactory(), map[string]any{
		"endpoint": url, "async_insert": false, "timeout": time.Minute.String(),
		"sending_queue": map[string]any{"enabled": false}, "retry_on_failure": map[string]any{"enabled": false},
	})
	if err != nil {
		return nil, err
	}
	return []target{{"gen_ai_clickhouse", "llmtap.calls", ours}, {"contrib clickhouse v0.161.0", "default.otel_traces", contrib}}, nil
}

func start(ctx context.Context, factory exporter.Factory, settings map[string]any) (exporter.Traces, error) {
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(settings).Unmarshal(config); err != nil {
		return nil, fmt.Errorf("%s: %w", factory.Type(), err)
	}
	set := exportertest.NewNopSettings(factory.Type())
	set.ID = component.NewID(factory.Type())
	e, err := factory.CreateTraces(ctx, set, config)
	if err != nil {
		return nil, err
	}
	return e, e.Start(ctx, componenttest.NewNopHost())
}
