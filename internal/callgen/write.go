package callgen

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"
	"github.com/llmtap/llmtap/internal/genai"
)

const (
	batchCalls = 50_000
	writers    = 2
)

// Write makes the calls and stores them as a Collector would, through the exporter. It tells progress after each batch.
func Write(ctx context.Context, url string, config Config, progress func(calls int)) error {
	settings := genaiclickhouseexporter.NewFactory().CreateDefaultConfig().(*genaiclickhouseexporter.Config)
	settings.Endpoints = []string{url}
	return Store(ctx, settings, New(config).Next, progress)
}

// Store stores the calls that next makes, until it gives false. It tells progress after each batch.
func Store(ctx context.Context, settings *genaiclickhouseexporter.Config, next func(*genai.Call) bool, progress func(calls int)) error {
	settings.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
	settings.Retry.Enabled = false // a store that is not there is to be told of, not waited for
	factory := genaiclickhouseexporter.NewFactory()
	exporter, err := factory.CreateTraces(ctx, exportertest.NewNopSettings(factory.Type()), settings)
	if err != nil {
		return err
	}
	if err := exporter.Start(ctx, componenttest.NewNopHost()); err != nil {
		return err
	}
	batches := make(chan ptrace.Traces, writers)
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	for range writers {
		running.Go(func() {
			for batch := range batches {
				if err := exporter.ConsumeTraces(ctx, batch); err != nil {
					cancel(err)
				}
			}
		})
	}
	for made := 0; ctx.Err() == nil; progress(made) {
		batch := batchOf(next)
		if batch.SpanCount() == 0 {
			break
		}
		made += batch.SpanCount()
		batches <- batch
	}
	close(batches)
	running.Wait()
	err = context.Cause(ctx)
	cancel(nil)
	if shutdown := exporter.Shutdown(context.WithoutCancel(ctx)); err == nil {
		err = shutdown
	}
	return err
}

func batchOf(next func(*genai.Call) bool) ptrace.Traces {
	batch := ptrace.NewTraces()
	spans := batch.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	var call genai.Call
	for spans.Len() < batchCalls && next(&call) {
		genai.PutSpan(&call, spans.AppendEmpty())
	}
	return batch
}
