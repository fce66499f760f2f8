package genaiwebhookexporter

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

var componentType = component.MustNewType("gen_ai_webhook")

// NewFactory makes the factory of the exporter gen_ai_webhook.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(componentType, createDefaultConfig, exporter.WithLogs(createLogs, component.StabilityLevelDevelopment))
}

func createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	config := cfg.(*Config)
	// The start reads the certificates again. Validating a configuration ends before that.
	if _, err := config.HTTP.TLS.LoadTLSConfig(ctx); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	h := &hook{config: config, telemetry: set.TelemetrySettings}
	return exporterhelper.NewLogs(ctx, set, cfg, h.push,
		exporterhelper.WithStart(h.start),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: config.HTTP.Timeout}),
		exporterhelper.WithRetry(config.Retry),
		exporterhelper.WithQueue(config.Queue))
}
