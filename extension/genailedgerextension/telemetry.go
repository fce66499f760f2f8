package genailedgerextension

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/selfmetrics"
)

const scopeName = "github.com/llmtap/llmtap/extension/genailedgerextension"

// telemetry counts in the Collector's own metrics. Keys of accounts are in the log only: they have no bound.
type telemetry struct {
	refusals, alerts, reloads                          metric.Int64Counter
	expirations, evictions, syncFailures, saveFailures selfmetrics.Total
	forgotten                                          metric.Float64Histogram
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := selfmetrics.NewMeter(set.MeterProvider, scopeName)
	t := &telemetry{
		refusals:     meter.Counter("llmtap_ledger_refused", "1", "Calls refused because a budget is used up."),
		alerts:       meter.Counter("llmtap_ledger_alerts", "1", "Alerts raised, by kind and severity."),
		reloads:      meter.Counter("llmtap_ledger_reloads", "1", "Changed files of budgets, by result: ok or failed."),
		expirations:  meter.Total("llmtap_ledger_expired", "1", "Reservations whose call was never accounted."),
		evictions:    meter.Total("llmtap_ledger_evicted", "1", "Accounts that gave way to others."),
		syncFailures: meter.Total("llmtap_ledger_sync_failures", "1", "Times that spending could not be read from the store."),
		saveFailures: meter.Total("llmtap_ledger_save_failures", "1", "Times that accounts could not be written to the storage."),
	}
	var err error
	t.forgotten, err = meter.Float64Histogram("llmtap_ledger_forgotten",
		metric.WithDescription("Share of its budget that an account had used which gave way."), metric.WithUnit("1"),
		metric.WithExplicitBucketBoundaries(0.001, 0.01, 0.1, 0.5, 1))
	return t, errors.Join(meter.Err(), err)
}

func (t *telemetry) refused(budget string) {
	t.refusals.Add(context.Background(), 1, metric.WithAttributes(attribute.String("budget", budget)))
}

func (t *telemetry) alerted(a genai.Alert) {
	t.alerts.Add(context.Background(), 1, metric.WithAttributes(
		attribute.String("kind", a.Kind), attribute.String("severity", a.Severity), attribute.String("budget", a.Budget)))
}

func (t *telemetry) evicted(share float64) {
	t.evictions.Add(1)
	t.forgotten.Record(context.Background(), share)
}
