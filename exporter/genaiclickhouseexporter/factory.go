package genaiclickhouseexporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

var componentType = component.MustNewType("gen_ai_clickhouse")

// NewFactory creates the factory of the exporter gen_ai_clickhouse.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(componentType, createDefaultConfig, exporter.WithTraces(createTraces, component.StabilityLevelDevelopment))
}

func createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	config := cfg.(*Config)
	// The start reads the certificates again. Validating a configuration ends before that.
	if _, err := clientTLS(ctx, config, config.TLS.HasValue()); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
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
	if err != nil {
		return nil, err
	}
	if queue.HasValue() && queue.Get().StorageID != nil {
		traces = onDisk{traces, e, *queue.Get().StorageID}
	}
	if batched {
		if traces, err = newBatching(ctx, set, e, traces); err != nil {
			return nil, err
		}
	}
	return ending{traces, e}, nil
}

// ending is an exporter that ends in time.
type ending struct {
	exporter.Traces
	calls *callExporter
}

// Shutdown gives all that is still to be written the time of one attempt. Of a store that hangs, each batch in memory would else take as long,
// one after the other.
func (e ending) Shutdown(ctx context.Context) error {
	defer time.AfterFunc(e.calls.config.TimeoutConfig.Timeout, e.calls.giveUp).Stop()
	return e.Traces.Shutdown(ctx)
}

// onDisk is an exporter whose queue lies in a storage extension.
type onDisk struct {
	exporter.Traces
	calls   *callExporter
	storage component.ID
}

// ConsumeTraces keeps off the disk what no row has: the prompts and answers in spans of SDKs would stay in the file long after they are sent.
func (o onDisk) ConsumeTraces(ctx context.Context, traces ptrace.Traces) error {
	var call genai.Call
	call.Reuse()
	for _, resource := range traces.ResourceSpans().All() {
		resource.Resource().Attributes().Clear()
		for _, scope := range resource.ScopeSpans().All() {
			scope.Scope().Attributes().Clear()
			for _, span := range scope.Spans().All() {
				genai.Strip(span, &call)
			}
		}
	}
	return o.Traces.ConsumeTraces(ctx, traces)
}

// Capabilities says that spans are changed.
func (onDisk) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

// Start says whose error it is: that of a queue which cannot be opened may be as short as "timeout".
func (o onDisk) Start(ctx context.Context, host component.Host) error {
	err := o.Traces.Start(ctx, host)
	if err == nil || o.calls.store == nil { // the queue is started after the calls have their store
		return err
	}
	if _, ok := host.GetExtensions()[o.storage].(storage.Extension); !ok {
		return fmt.Errorf("sending_queue::storage: %s is no storage among service::extensions: %w", o.storage, err)
	}
	return fmt.Errorf("sending_queue::storage: %s cannot be opened: %w; its folder must be this Collector's alone, and a damaged file must be moved away", o.storage, err)
}
