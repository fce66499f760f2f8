package genaiprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"

	"github.com/llmtap/llmtap/internal/reload"
)

var componentType = component.MustNewType("gen_ai")

const scopeName = "github.com/llmtap/llmtap/processor/genaiprocessor"

// NewFactory makes the factory of the gen_ai processor.
func NewFactory() processor.Factory {
	return processor.NewFactory(componentType, createDefaultConfig,
		processor.WithTraces(createTraces, component.StabilityLevelDevelopment))
}

func createTraces(
	ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Traces,
) (processor.Traces, error) {
	a, err := newAccountant(cfg.(*Config), set.TelemetrySettings, reload.SystemTicker)
	if err != nil {
		return nil, err
	}
	return processorhelper.NewTraces(ctx, set, cfg, next, a.processTraces,
		processorhelper.WithStart(a.start), processorhelper.WithShutdown(a.shutdown),
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}))
}
