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
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	unpriced, err1 := meter.Int64Counter("llmtap_unpriced_calls", metric.WithUnit("{call}"),
		metric.WithDescription("Model calls whose cost stays unknown, by reason: no_price, no_usage or out_of_range."))
	cuts, err2 := meter.Int64Counter("llmtap_identity_cuts", metric.WithUnit("{value}"),
		metric.WithDescription("Names and ids of callers that were cut because they were too long."))
	t := &telemetry{unpricedCalls: unpriced, identityCuts: cuts, reasons: make(map[string]metric.MeasurementOption)}
	for _, reason := range []string{pricebook.NoPrice, pricebook.NoUsage, pricebook.OutOfRange} {
		t.reasons[reason] = metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", reason)))
	}
	return t, errors.Join(err1, err2)
}

func (t *telemetry) unpriced(reason string) {
	t.unpricedCalls.Add(context.Background(), 1, t.reasons[reason])
}

func (t *telemetry) identityCut() { t.identityCuts.Add(context.Background(), 1) }
