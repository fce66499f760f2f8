package genaiprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// telemetry counts what the rules could not do.
type telemetry struct {
	unpricedCalls metric.Int64Counter
	// reasons are made once, as many calls may be unpriced.
	reasons      map[string]metric.MeasurementOption
	identityCuts metric.Int64Counter
	reloads      metric.Int64Counter
	duplicates   metric.Int64Counter
	failures     metric.Int64Counter
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	unpriced, err1 := meter.Int64Counter("llmtap_unpriced_calls", metric.WithUnit("{call}"),
		metric.WithDescription("Model calls whose cost stays unknown, by reason: no_price, no_usage, out_of_range, hosted_tools (the server did more than the tokens tell) or hourly (a share of a machine's time, not divided yet)."))
	cuts, err2 := meter.Int64Counter("llmtap_identity_cuts", metric.WithUnit("{value}"),
		metric.WithDescription("Names and ids of callers that were cut because they were too long."))
	reloads, err3 := meter.Int64Counter("llmtap_reloads", metric.WithUnit("{file}"),
		metric.WithDescription("Changed files of prices and keys, by file and result: ok or failed."))
	duplicates, err4 := meter.Int64Counter("llmtap_duplicate_spans", metric.WithUnit("{span}"),
		metric.WithDescription("Spans of model calls that another span counts."))
	failures, err5 := meter.Int64Counter("llmtap_expression_failures", metric.WithUnit("{evaluation}"),
		metric.WithDescription("Evaluations of OTTL expressions and conditions that failed."))
	t := &telemetry{
		unpricedCalls: unpriced, identityCuts: cuts, reloads: reloads, duplicates: duplicates, failures: failures,
		reasons: make(map[string]metric.MeasurementOption),
	}
	for _, reason := range pricebook.Reasons {
		t.reasons[reason] = metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", reason)))
		unpriced.Add(context.Background(), 0, t.reasons[reason]) // Prometheus sees an increase only of what it has seen before
	}
	for _, counter := range []metric.Int64Counter{cuts, duplicates, failures} {
		counter.Add(context.Background(), 0)
	}
	return t, errors.Join(err1, err2, err3, err4, err5)
}

func (t *telemetry) unpriced(reason string) {
	t.unpricedCalls.Add(context.Background(), 1, t.reasons[reason])
}

func (t *telemetry) identityCut() { t.identityCuts.Add(context.Background(), 1) }

func (t *telemetry) duplicate() { t.duplicates.Add(context.Background(), 1) }

func (t *telemetry) expressionFailed() { t.failures.Add(context.Background(), 1) }
