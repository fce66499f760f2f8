package genaimetricsconnector

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// telemetry counts what the metrics cannot show.
type telemetry struct {
	overflows metric.Int64Counter
	rejects   metric.Int64Counter
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	overflows, err1 := meter.Int64Counter("llmtap_metrics_overflows", metric.WithUnit("{value}"),
		metric.WithDescription("Values that went to an overflow series because their metric has too many, by metric."))
	rejects, err2 := meter.Int64Counter("llmtap_metrics_rejects", metric.WithUnit("{value}"),
		metric.WithDescription("Values of spans that no metric can take, by reason: duration or tokens."))
	t := &telemetry{overflows: overflows, rejects: rejects}
	t.reject(rejectedDuration, 0) // Prometheus sees an increase only of what it has seen before
	t.reject(rejectedTokens, 0)
	return t, errors.Join(err1, err2)
}

func (t *telemetry) overflow(name string, values int64) {
	t.overflows.Add(context.Background(), values, metric.WithAttributes(attribute.String("metric", name)))
}

func (t *telemetry) reject(reason string, values int64) {
	t.rejects.Add(context.Background(), values, metric.WithAttributes(attribute.String("reason", reason)))
}
