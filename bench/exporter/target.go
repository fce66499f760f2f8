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
	name        string
	compression string
	table       string
	exporter    exporter.Traces
}

// newTargets starts both exporters with each compression. They have their defaults, but neither queue nor retries, and contrib's no
// asynchronous inserts, which would answer before the rows are stored.
func newTargets(ctx context.Context, url string) ([]target, error) {
	var targets []target
	for _, compression := range []string{"none", "lz4", "zstd"} {
		ours, err := start(ctx, genaiclickhouseexporter.NewFactory(), map[string]any{
			"endpoints": []any{url}, "sending_queue": map[string]any{"enabled": false}, "retry_on_failure": map[string]any{"enabled": false},
			"timeout": time.Minute.String(), "database": "ours_" + compression, "compression": compression,
		})
		if err != nil {
			return nil, err
		}
		contrib, err := start(ctx, clickhouseexporter.NewFactory(), map[string]any{
			"endpoint": url, "async_insert": false, "timeout": time.Minute.String(), "database": "contrib_" + compression, "compress": compression,
			"sending_queue": map[string]any{"enabled": false}, "retry_on_failure": map[string]any{"enabled": false},
		})
		if err != nil {
			return nil, err
		}
		targets = append(targets, target{"gen_ai_clickhouse", compression, "ours_" + compression + ".calls", ours},
			target{"contrib clickhouse v0.161.0", compression, "contrib_" + compression + ".otel_traces", contrib})
	}
	return targets, nil
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
