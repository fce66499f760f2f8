package genaiclickhouseexporter

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/genai"
)

// callExporter turns batches of spans into batches of rows.
type callExporter struct {
	config *Config
	logger *zap.Logger
	counts counts
	store  *store

	stop    context.CancelFunc
	running sync.WaitGroup
	rows    sync.Pool // of *[]Row

	// refusal is the text of the last permanent error, so that each is logged once and not once per batch.
	mu      sync.Mutex
	refusal string
}

func newCallExporter(config *Config, set exporter.Settings) (*callExporter, error) {
	counts, err := newCounts(set.MeterProvider)
	if err != nil {
		return nil, err
	}
	return &callExporter{config: config, logger: set.Logger, counts: counts, stop: func() {}}, nil
}

// start makes the schema ready in the background: a store that is away or hangs must not keep the tap from starting.
func (e *callExporter) start(ctx context.Context, _ component.Host) error {
	store, err := openStore(ctx, e.config, e.logger)
	if err != nil {
		return err
	}
	e.store = store
	ctx, e.stop = context.WithTimeout(context.WithoutCancel(ctx), e.config.TimeoutConfig.Timeout)
	e.running.Go(func() {
		if err := e.store.prepare(ctx); permanent(err) {
			e.refused(err)
		} else if err != nil && ctx.Err() == nil {
			e.logger.Warn("ClickHouse cannot be reached; calls wait in the queue", zap.Error(err))
		}
	})
	return nil
}

func (e *callExporter) shutdown(context.Context) error {
	e.stop()
	e.running.Wait()
	if e.store == nil {
		return nil
	}
	return e.store.close()
}

// push writes the calls among the spans. An error is permanent when trying again is in vain.
func (e *callExporter) push(ctx context.Context, spans ptrace.Traces) error {
	rows, _ := e.rows.Get().(*[]Row)
	if rows == nil {
		rows = new([]Row)
	}
	defer func() {
		clear(*rows)
		*rows = (*rows)[:0]
		e.rows.Put(rows)
	}()
	read := readCalls(spans, rows)
	b := newBatch(*rows)
	if len(b.rows) > 0 {
		if err := e.store.write(ctx, &b); err != nil {
			return e.judge(err)
		}
		e.accepted()
	}
	read.repeated, read.stored = b.repeated, b.stored
	e.counts.add(ctx, len(b.rows), read) // once, with the try that succeeded
	return nil
}

// left counts the spans that became no row, and the values that were cut.
type left struct{ noCall, noID, repeated, stored, cut int }

// readCalls appends a row for each span that is a call.
func readCalls(spans ptrace.Traces, rows *[]Row) left {
	var read left
	var call genai.Call
	for _, resource := range spans.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if !genai.ReadSpan(span, &call) {
					read.noCall++
					continue
				}
				if call.TraceID.IsEmpty() || call.SpanID.IsEmpty() {
					read.noID++ // all such calls would be one
					continue
				}
				*rows = append(*rows, toRow(&call))
				read.cut += (*rows)[len(*rows)-1].Cut
			}
		}
	}
	return read
}

// judge decides between permanent and passing. A table that is gone may come back when the schema is made again.
func (e *callExporter) judge(err error) error {
	if missing(err) && !errors.Is(err, errSchema) && e.config.Schema == SchemaCreate {
		e.store.doubt()
		return err
	}
	if !permanent(err) {
		return err
	}
	e.refused(err)
	return consumererror.NewPermanent(err)
}

func (e *callExporter) refused(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refusal != err.Error() {
		e.refusal = err.Error()
		e.logger.Error("ClickHouse refuses calls until the configuration or the schema is changed; they are dropped", zap.Error(err))
	}
}

func (e *callExporter) accepted() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refusal != "" {
		e.refusal = ""
		e.logger.Info("ClickHouse takes calls again")
	}
}
