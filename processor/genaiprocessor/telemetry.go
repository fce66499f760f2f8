package genaiprocessor

import (
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/internal/selfmetrics"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// telemetry counts what the rules could not do.
type telemetry struct {
	unpricedCalls                      selfmetrics.ByReason
	identityCuts, duplicates, failures selfmetrics.Total
	reloads                            metric.Int64Counter
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := selfmetrics.NewMeter(set.MeterProvider, scopeName)
	t := &telemetry{
		unpricedCalls: meter.ByReason("llmtap_unpriced_calls", "{call}",
			"Model calls whose cost stays unknown, by reason: no_price, no_usage, out_of_range, hosted_tools (the server did more than the tokens tell) or hourly (a share of a machine's time, not divided yet).",
			pricebook.Reasons...),
		identityCuts: meter.Total("llmtap_identity_cuts", "{value}", "Names and ids of callers that were cut because they were too long."),
		reloads:      meter.Counter("llmtap_reloads", "{file}", "Changed files of prices and keys, by file and result: ok or failed."),
		duplicates:   meter.Total("llmtap_duplicate_spans", "{span}", "Spans of model calls that another span counts."),
		failures: meter.Total("llmtap_expression_failures", "{evaluation}",
			"Evaluations of OTTL expressions and conditions that failed."),
	}
	return t, meter.Err()
}

func (t *telemetry) unpriced(reason string) { t.unpricedCalls.Add(reason, 1) }

func (t *telemetry) identityCut() { t.identityCuts.Add(1) }

func (t *telemetry) duplicate() { t.duplicates.Add(1) }

func (t *telemetry) expressionFailed() { t.failures.Add(1) }
