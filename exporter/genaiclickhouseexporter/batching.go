package genaiclickhouseexporter

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/zap"
)

// gatherBytesMax bounds what waits to be put into a batch, in bytes; past it the sender of calls waits. What is more at once is a batch of its
// own.
const gatherBytesMax = 64 << 20

// batching puts calls into batches before the queue, so that what lies in the queue is whole batches: one that is taken
// from the disk again after a crash is the same batch, has the same token, and ClickHouse knows it.
type batching struct {
	exporter.Traces // gathers
	queue           exporter.Traces
}

func newBatching(ctx context.Context, set exporter.Settings, e *callExporter, queue exporter.Traces) (exporter.Traces, error) {
	set.MeterProvider, set.Logger = noop.NewMeterProvider(), zap.NewNop() // the queue counts the same calls, and says what it refuses
	enqueue := func(ctx context.Context, batch ptrace.Traces) error {     // which waits where block_on_overflow says so
		ctx, cancel := e.untilOver(ctx)
		defer cancel()
		return queue.ConsumeTraces(ctx, batch)
	}
	config, consumers := e.config.Queue.Get(), 1
	if config.WaitForResult { // each waits until its batch is written
		consumers = config.NumConsumers
	}
	gather, err := exporterhelper.NewTraces(ctx, set, e.config, enqueue,
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithQueue(configoptional.Some(exporterhelper.QueueBatchConfig{
			Sizer:           exporterhelper.RequestSizerTypeBytes,
			QueueSize:       gatherBytesMax,
			BlockOnOverflow: true,
			WaitForResult:   config.WaitForResult,
			NumConsumers:    consumers,
			Batch:           config.Batch,
		})))
	if err != nil {
		return nil, err
	}
	return &batching{gather, queue}, nil
}

// ConsumeTraces hands what was refused for want of room, however empty that is, straight to the queue, whose size it counts against.
func (b *batching) ConsumeTraces(ctx context.Context, traces ptrace.Traces) error {
	err := b.Traces.ConsumeTraces(ctx, traces)
	if err != nil && new(ptrace.ProtoMarshaler).TracesSize(traces) > gatherBytesMax {
		return b.queue.ConsumeTraces(ctx, traces)
	}
	return err
}

func (b *batching) Start(ctx context.Context, host component.Host) error {
	if err := b.queue.Start(ctx, host); err != nil {
		return err
	}
	return b.Traces.Start(ctx, host)
}

// Shutdown hands the last batch to the queue before that stops.
func (b *batching) Shutdown(ctx context.Context) error {
	return errors.Join(b.Traces.Shutdown(ctx), b.queue.Shutdown(ctx))
}
