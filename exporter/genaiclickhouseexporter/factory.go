package genaiclickhouseexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

var componentType = component.MustNewType("gen_ai_clickhouse")

// NewFactory creates the factory of the exporter gen_ai_clickhouse.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(componentType, createDefaultConfig, exporter.WithTraces(createTraces, component.StabilityLevelDevelopment))
}

func createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	config := cfg.(*Config)
	e, err := newCallExporter(config, set)
	if err != nil {
		return nil, err
	}
	queue := config.Queue
	batched := queue.HasValue() && queue.Get().Batch.HasValue()
	if batched {
		whole := *queue.Get()
		whole.Batch = configoptional.None[exporterhelper.BatchConfig]()
		queue = configoptional.Some(whole)
	}
	traces, err := exporterhelper.NewTraces(ctx, set, cfg, e.push,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithTimeout(config.TimeoutConfig),
		exporterhelper.WithRetry(config.Retry),
		exporterhelper.WithQueue(queue))
	if err != nil || !batched {
		return traces, err
	}
	return newBatching(ctx, set, config, traces)
}
