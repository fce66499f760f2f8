// Package selfmetrics makes the counters by which components tell of themselves in the Collector's own metrics. They begin at 0:
// Prometheus sees an increase only of what it has seen before.
package selfmetrics

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Meter makes the metrics of one component.
type Meter struct {
	metric.Meter
	errs []error
}

// NewMeter makes a Meter of an instrumentation scope.
func NewMeter(provider metric.MeterProvider, scope string) *Meter {
	return &Meter{Meter: provider.Meter(scope)}
}

// Err gives all that went wrong with the counters.
func (m *Meter) Err() error { return errors.Join(m.errs...) }

// Counter makes a counter whose attributes are not known from the start: whoever adds to it lets each series begin where it can.
func (m *Meter) Counter(name, unit, description string) metric.Int64Counter {
	counter, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.errs = append(m.errs, err)
	return counter
}

// Total is a counter without attributes.
type Total struct{ counter metric.Int64Counter }

// Total makes a Total.
func (m *Meter) Total(name, unit, description string) Total {
	t := Total{m.Counter(name, unit, description)}
	t.Add(0)
	return t
}

// Add counts n more.
func (t Total) Add(n int) { t.counter.Add(context.Background(), int64(n)) }

// ByReason is a counter with the attribute reason.
type ByReason struct {
	counter metric.Int64Counter
	reasons map[string]metric.MeasurementOption // made once, as there may be many to count
}

// ByReason makes a ByReason of these reasons.
func (m *Meter) ByReason(name, unit, description string, reasons ...string) ByReason {
	b := ByReason{m.Counter(name, unit, description), make(map[string]metric.MeasurementOption, len(reasons))}
	for _, reason := range reasons {
		b.reasons[reason] = metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", reason)))
		b.Add(reason, 0)
	}
	return b
}

// Add counts n more for one of the reasons that the counter was made of.
func (b ByReason) Add(reason string, n int) {
	b.counter.Add(context.Background(), int64(n), b.reasons[reason])
}
