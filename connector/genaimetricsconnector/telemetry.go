package genaimetricsconnector

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/internal/selfmetrics"
)

// telemetry counts what the metrics cannot show.
type telemetry struct {
	overflows metric.Int64Counter
	rejects   selfmetrics.ByReason
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := selfmetrics.NewMeter(set.MeterProvider, scopeName)
	t := &telemetry{
		overflows: meter.Counter("llmtap_metrics_overflows", "{value}",
			"Values that went to an overflow series because their metric has too many, by metric."),
		rejects: meter.ByReason("llmtap_metrics_rejects", "{value}",
			"Values of spans that no metric can take, by reason: duration or tokens.", rejectedDuration, rejectedTokens),
	}
	return t, meter.Err()
}

func (t *telemetry) overflow(name string, values int64) {
	t.overflows.Add(context.Background(), values, metric.WithAttributes(attribute.String("metric", name)))
}
