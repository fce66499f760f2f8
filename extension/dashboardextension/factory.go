package dashboardextension

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
)

var componentType = component.MustNewType("llmtap_dashboard")

// NewFactory creates the factory of the extension llmtap_dashboard.
func NewFactory() extension.Factory {
	return extension.NewFactory(componentType, createDefaultConfig, create, component.StabilityLevelDevelopment)
}

func createDefaultConfig() component.Config {
	return &Config{
		Endpoint:   "127.0.0.1:4080",
		ClickHouse: ClickHouse{Endpoint: "http://127.0.0.1:8123", Database: "llmtap", Timeout: 30 * time.Second},
	}
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return &Extension{id: set.ID, config: cfg.(*Config), settings: set.TelemetrySettings}, nil
}
