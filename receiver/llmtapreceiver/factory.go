package llmtapreceiver

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/zap"
)

var componentType = component.MustNewType("llm_tap")

// NewFactory makes the factory of the llm_tap receiver.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(componentType, createDefaultConfig,
		receiver.WithTraces(createTraces, component.StabilityLevelDevelopment))
}

func createTraces(
	ctx context.Context, set receiver.Settings, cfg component.Config, next consumer.Traces,
) (receiver.Traces, error) {
	config := cfg.(*Config)
	// The command validate comes as far as here, and has to tell of certificates that cannot be read: a SIGHUP would end the process.
	if _, err := config.proxyConfig(ctx, zap.NewNop()); err != nil {
		return nil, err
	}
	return &tapReceiver{cfg: config, set: set, next: next}, nil
}
