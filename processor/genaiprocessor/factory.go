package genaiprocessor

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

var componentType = component.MustNewType("gen_ai")

const scopeName = "github.com/llmtap/llmtap/processor/genaiprocessor"

// factory makes the instances of processors: one for each pipeline that a processor is in. Those of one processor find the spans of a call
// together, as the tap's may come by one pipeline and an SDK's by another.
type factory struct {
	mu         sync.Mutex
	duplicates map[*Config]*duplicates
}

// NewFactory makes the factory of the gen_ai processor.
func NewFactory() processor.Factory {
	f := &factory{duplicates: map[*Config]*duplicates{}}
	return processor.NewFactory(componentType, createDefaultConfig,
		processor.WithTraces(f.createTraces, component.StabilityLevelDevelopment))
}

func (f *factory) createTraces(
	ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Traces,
) (processor.Traces, error) {
	a, err := newAccountant(cfg.(*Config), set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	a.id = set.ID
	a.duplicates = f.share(cfg.(*Config), a.duplicates)
	return processorhelper.NewTraces(ctx, set, cfg, next, a.processTraces,
		processorhelper.WithStart(a.start), processorhelper.WithShutdown(a.shutdown),
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}))
}

// share gives the first instance's to all with its configuration.
func (f *factory) share(cfg *Config, own *duplicates) *duplicates {
	f.mu.Lock()
	defer f.mu.Unlock()
	if first, ok := f.duplicates[cfg]; ok {
		return first
	}
	f.duplicates[cfg] = own
	return own
}
