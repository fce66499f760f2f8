package genailedgerextension

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/internal/genai"
)

const scopeName = "github.com/llmtap/llmtap/extension/genailedgerextension"

// telemetry counts in the Collector's own metrics. Keys of accounts are in the log only: they have no bound.
type telemetry struct {
	refusals, alerts, expirations, evictions, failures, saveFailures, reloads metric.Int64Counter
	forgotten                                                                 metric.Float64Histogram
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := set.MeterProvider.Meter(scopeName)
	t := &telemetry{}
	var errs []error
	counter := func(name, what string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithDescription(what), metric.WithUnit("1"))
		errs = append(errs, err)
		return c
	}
	t.refusals = counter("llmtap_ledger_refused", "Calls refused because a budget is used up.")
	t.alerts = counter("llmtap_ledger_alerts", "Alerts raised, by kind and severity.")
	t.expirations = counter("llmtap_ledger_expired", "Reservations whose call was never accounted.")
	t.evictions = counter("llmtap_ledger_evicted", "Accounts that gave way to others.")
	t.failures = counter("llmtap_ledger_sync_failures", "Times that spending could not be read from the store.")
	t.saveFailures = counter("llmtap_ledger_save_failures", "Times that accounts could not be written to the storage.")
	t.reloads = counter("llmtap_ledger_reloads", "Changed files of budgets, by result: ok or failed.")
	var err error
	t.forgotten, err = meter.Float64Histogram("llmtap_ledger_forgotten",
		metric.WithDescription("Share of its budget that an account had used which gave way."), metric.WithUnit("1"),
		metric.WithExplicitBucketBoundaries(0.001, 0.01, 0.1, 0.5, 1))
	for _, c := range []metric.Int64Counter{t.expirations, t.evictions, t.failures, t.saveFailures} {
		c.Add(context.Background(), 0) // Prometheus sees an increase only of what it has seen before
	}
	return t, errors.Join(append(errs, err)...)
}

func (t *telemetry) refused(budget string) {
	t.refusals.Add(context.Background(), 1, metric.WithAttributes(attribute.String("budget", budget)))
}

func (t *telemetry) alerted(a genai.Alert) {
	t.alerts.Add(context.Background(), 1, metric.WithAttributes(
		attribute.String("kind", a.Kind), attribute.String("severity", a.Severity), attribute.String("budget", a.Budget)))
}

func (t *telemetry) expired() { t.expirations.Add(context.Background(), 1) }

func (t *telemetry) evicted(share float64) {
	t.evictions.Add(context.Background(), 1)
	t.forgotten.Record(context.Background(), share)
}

func (t *telemetry) saveFailed() { t.saveFailures.Add(context.Background(), 1) }

func (t *telemetry) syncFailed() { t.failures.Add(context.Background(), 1) }
