package llmtapreceiver

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/internal/selfmetrics"
	"github.com/llmtap/llmtap/proxy"
)

const scopeName = "github.com/llmtap/llmtap/receiver/llmtapreceiver"

// The reasons why a finished call has no span.
const (
	droppedQueueFull = "queue_full"
	droppedShutdown  = "shutdown"
	droppedFault     = "fault"            // the tap could not make one, because it has a fault
	droppedRefused   = "consumer_refused" // the next component took the batch's spans with an error
)

// overheadBuckets are in seconds: from what a good call costs to what anybody would notice.
var overheadBuckets = []float64{
	10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 50e-3, 100e-3, 500e-3, 1,
}

// telemetry is what the tap tells of itself in the Collector's own metrics.
type telemetry struct {
	meter                                   *selfmetrics.Meter
	droppedCalls, decodeFailures, usageKept selfmetrics.ByReason
	overhead                                metric.Float64Histogram
	registration                            metric.Registration
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	meter := selfmetrics.NewMeter(set.MeterProvider, scopeName)
	t := &telemetry{
		meter: meter,
		droppedCalls: meter.ByReason("llmtap_tap_dropped", "{call}", "Finished model calls of which no span was handed on, by reason.",
			droppedQueueFull, droppedShutdown, droppedFault, droppedRefused),
		decodeFailures: meter.ByReason("llmtap_tap_decode_failures", "{call}",
			"Model calls that were recorded but could not be read in full, by reason.", failedCoding, failedJSON, failedPanic, failedRedact),
		usageKept: meter.ByReason("llmtap_tap_usage_kept", "{stream}",
			"Streams in which a client may have seen usage that the tap, not it, had asked for, by reason.", keptTooLong),
	}
	var err error
	t.overhead, err = meter.Float64Histogram("llmtap_tap_overhead_seconds", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(overheadBuckets...),
		metric.WithDescription("Time that the tap added to a model call before the first byte of its answer."))
	return t, errors.Join(meter.Err(), err)
}

// state is what the proxy and the queue say of themselves when metrics are collected.
type state struct {
	proxy.Stats
	queued int
}

// observed are the metrics of the state. Those that are called current go down, too.
var observed = []struct {
	name, unit, description string
	current                 bool
	value                   func(*state) int64
}{
	{"llmtap_tap_requests", "{request}", "Requests that the tap took, model calls and others.",
		false, func(s *state) int64 { return s.Requests }},
	{"llmtap_tap_copies_cut", "{body}", "Bodies, headers and arrival times whose recorded copy was cut because all copies together reached copy_bytes_total.",
		false, func(s *state) int64 { return s.CopiesCut }},
	{"llmtap_tap_connections_refused", "{connection}", "Client connections that a limit on their number turned away.",
		false, func(s *state) int64 { return s.Refused }},
	{"llmtap_tap_malformed", "{request}", "Requests refused with 400 or 431: not valid HTTP, to be read in two ways, or a head over the limits.",
		false, func(s *state) int64 { return s.Malformed }},
	{"llmtap_tap_unauthorized", "{request}", "Requests without an accepted API key.",
		false, func(s *state) int64 { return s.Unauthorized }},
	{"llmtap_tap_unrouted", "{request}", "Requests for paths that no upstream has, refused with 404.",
		false, func(s *state) int64 { return s.Unrouted }},
	{"llmtap_tap_handshakes_failed", "{connection}", "Client connections whose TLS handshake failed, for want of a client certificate, say.",
		false, func(s *state) int64 { return s.Handshakes }},
	{"llmtap_tap_hook_faults", "{call}", "Model calls that went on without budgets or without asking for usage, because that part of the tap had a fault.",
		false, func(s *state) int64 { return s.Faults }},
	{"llmtap_tap_inflight", "{request}", "Requests that the tap is passing on.",
		true, func(s *state) int64 { return s.InFlight }},
	{"llmtap_tap_connections", "{connection}", "Open client connections.",
		true, func(s *state) int64 { return s.Connections }},
	{"llmtap_tap_queue_length", "{call}", "Finished model calls that wait to be decoded.",
		true, func(s *state) int64 { return int64(s.queued) }},
}

// observe reports the proxy's counters and the queue's length whenever metrics are collected.
func (t *telemetry) observe(stats func() proxy.Stats, queued func() int) (err error) {
	instruments := make([]metric.Observable, len(observed))
	observables := make([]metric.Int64Observable, len(observed))
	for i, o := range observed {
		unit, description := metric.WithUnit(o.unit), metric.WithDescription(o.description)
		if o.current {
			observables[i], err = t.meter.Int64ObservableUpDownCounter(o.name, unit, description)
		} else {
			observables[i], err = t.meter.Int64ObservableCounter(o.name, unit, description)
		}
		if err != nil {
			return err
		}
		instruments[i] = observables[i]
	}
	t.registration, err = t.meter.RegisterCallback(func(_ context.Context, observer metric.Observer) error {
		now := state{stats(), queued()}
		for i, o := range observed {
			observer.ObserveInt64(observables[i], o.value(&now))
		}
		return nil
	}, instruments...)
	return err
}

func (t *telemetry) decodeFailed(reason string) { t.decodeFailures.Add(reason, 1) }

// overheadOf notes what the tap added to a call; to one that it did not send on, nothing.
func (t *telemetry) overheadOf(d time.Duration) {
	if d > 0 {
		t.overhead.Record(context.Background(), d.Seconds())
	}
}

func (t *telemetry) stop() error {
	if t.registration == nil {
		return nil
	}
	return t.registration.Unregister()
}
