package genaimetricsconnector

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/delivered"
	"github.com/llmtap/llmtap/internal/genai"
)

// attrConnector tells the streams of several connectors in one process apart, which back ends would take for one.
const attrConnector = "llmtap.connector"

// meter counts and measures calls and emits the metrics, all series at every flush.
type meter struct {
	cfg    *Config
	next   consumer.Metrics
	logger *zap.Logger
	// resource is that of the Collector: each process is the only writer of its streams.
	resource pcommon.Resource
	// name is that of the connector's id: gen_ai_metrics/name.
	name string

	mu          sync.Mutex
	instruments *instruments
	recorded    *delivered.Spans

	stop func()
	done sync.WaitGroup
}

func newMeter(cfg *Config, set connector.Settings, next consumer.Metrics) (*meter, error) {
	t, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &meter{
		cfg: cfg, next: next, logger: set.Logger, resource: set.Resource, name: set.ID.Name(),
		instruments: newInstruments(cfg, t, time.Now()), recorded: delivered.New(), stop: func() {},
	}, nil
}

// Capabilities says that spans are only read.
func (m *meter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start begins to flush.
func (m *meter) Start(context.Context, component.Host) error {
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	m.done.Go(func() { m.run(ctx) })
	return nil
}

// Shutdown stops flushing and flushes once more.
func (m *meter) Shutdown(ctx context.Context) error {
	m.stop()
	m.done.Wait()
	return m.flush(ctx)
}

// ConsumeTraces records every model call and what is told of unrecorded ones.
func (m *meter) ConsumeTraces(_ context.Context, traces ptrace.Traces) error {
	now := time.Now()
	var call genai.Call
	call.Reuse()
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if genai.ReadSpan(span, &call) {
					m.once(span, func() { m.instruments.record(&call, now) })
				} else if u, ok := genai.ReadUnrecorded(span); ok {
					m.once(span, func() { m.instruments.own.recordUnrecorded(&u, now) })
				}
			}
		}
	}
	return nil
}

// once records what a span tells, unless it is delivered again.
func (m *meter) once(span ptrace.Span, record func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.recorded.Again(span.TraceID(), span.SpanID()) {
		record()
	}
}

func (m *meter) run(ctx context.Context) {
	ticker := time.NewTicker(m.cfg.FlushInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// Nothing is lost: the next flush sends the same series with all that came since.
			if err := m.flush(ctx); err != nil {
				m.logger.Warn("metrics of model calls were not taken; the next flush repeats them", zap.Error(err))
			}
		}
	}
}

func (m *meter) flush(ctx context.Context) error {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	m.resource.CopyTo(resource.Resource())
	scope := resource.ScopeMetrics().AppendEmpty()
	scope.Scope().SetName(scopeName)
	if m.name != "" {
		scope.Scope().Attributes().PutStr(attrConnector, m.name)
	}

	m.mu.Lock()
	m.instruments.emit(scope.Metrics(), time.Now(), m.cfg.SeriesExpiration)
	m.mu.Unlock()
	if scope.Metrics().Len() == 0 {
		return nil
	}
	err := m.next.ConsumeMetrics(ctx, metrics)
	if err != nil {
		m.mu.Lock()
		m.instruments.keep()
		m.mu.Unlock()
	}
	return err
}
