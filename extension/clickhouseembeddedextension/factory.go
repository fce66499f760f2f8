package clickhouseembeddedextension

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
)

var componentType = component.MustNewType("clickhouse_embedded")

// NewFactory creates the factory of the extension clickhouse_embedded.
func NewFactory() extension.Factory {
	return extension.NewFactory(componentType, createDefaultConfig, create, component.StabilityLevelDevelopment)
}

func createDefaultConfig() component.Config {
	return &Config{
		Endpoint:             "127.0.0.1:8123",
		DataDir:              "./data/clickhouse",
		Username:             "default",
		MaxMemoryMiB:         2048,
		MaxConcurrentQueries: 32,
		MaxBodyMiB:           256,
		MinFreeDiskMiB:       256,
		QueryTimeout:         5 * time.Minute,
		ShutdownTimeout:      10 * time.Second,
	}
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return &Extension{id: set.ID, config: cfg.(*Config), settings: set.TelemetrySettings}, nil
}
