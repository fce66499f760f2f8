package llmtapreceiver

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

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
	meter          metric.Meter
	droppedCalls   metric.Int64Counter
	decodeFailures metric.Int64Counter
	usageKept      metric.Int64Counter
	overhead       metric.Float64Histogram
	reasons        map[string]metric.MeasurementOption
	registration   metric.Registration
}

func newTelemetry(set component.TelemetrySettings) (*telemetry, error) {
	t := &telemetry{meter: set.MeterProvider.Meter(scopeName), reasons: map[string]metric.MeasurementOption{}}
	var errs [4]error
	t.droppedCalls, errs[0] = t.meter.Int64Counter("llmtap_tap_dropped", metric.WithUnit("{call}"),
		metric.WithDescription("Finished model calls of which no span was handed on, by reason."))
	t.decodeFailures, errs[1] = t.meter.Int64Counter("llmtap_tap_decode_failures", metric.WithUnit("{call}"),
		metric.WithDescription("Model calls that were recorded but could not be read in full, by reason."))
	t.overhead, errs[2] = t.meter.Float64Histogram("llmtap_tap_overhead_seconds", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(overheadBuckets...),
		metric.WithDescription("Time that the tap added to a model call before the first byte of its answer."))
	t.usageKept, errs[3] = t.meter.Int64Counter("llmtap_tap_usage_kept", metric.WithUnit("{stream}"),
		metric.WithDescription("Streams in which a client may have seen usage that the tap, not it, had asked for, by reason."))
	for _, reason := range []string{
		droppedQueueFull, droppedShutdown, droppedFault, droppedRefused, failedCoding, failedJSON, failedPanic, failedRedact, keptTooLong,
	} {
		t.reasons[reason] = metric.WithAttributeSet(attribute.NewSet(attribute.String("reason", reason)))
	}
	return t, errors.Join(errs[:]...)
}

// observe reports the proxy's counters and the queue's length whenever metrics are collected.
func (t *telemetry) observe(stats func() proxy.Stats, queued func() int) (err error) {
	var errs [8]error
	var requests, copiesCut, refused, unauthorized, faults metric.Int64ObservableCounter
	var inflight, connections, queue metric.Int64ObservableUpDownCounter
	requests, errs[0] = t.meter.Int64ObservableCounter("llmtap_tap_requests", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that the tap took, model calls and others."))
	copiesCut, errs[1] = t.meter.Int64ObservableCounter("llmtap_tap_copies_cut", metric.WithUnit("{body}"),
		metric.WithDescription("Bodies, headers and arrival times whose recorded copy was cut because all copies together reached copy_bytes_total."))
	refused, errs[5] = t.meter.Int64ObservableCounter("llmtap_tap_connections_refused", metric.WithUnit("{connection}"),
		metric.WithDescription("Client connections that a limit on their number turned away."))
	unauthorized, errs[6] = t.meter.Int64ObservableCounter("llmtap_tap_unauthorized", metric.WithUnit("{request}"),
		metric.WithDescription("Requests without an accepted API key."))
	faults, errs[7] = t.meter.Int64ObservableCounter("llmtap_tap_hook_faults", metric.WithUnit("{call}"),
		metric.WithDescription("Model calls that went on without budgets or without asking for usage, because that part of the tap had a fault."))
	inflight, errs[2] = t.meter.Int64ObservableUpDownCounter("llmtap_tap_inflight", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that the tap is passing on."))
	connections, errs[3] = t.meter.Int64ObservableUpDownCounter("llmtap_tap_connections", metric.WithUnit("{connection}"),
		metric.WithDescription("Open client connections."))
	queue, errs[4] = t.meter.Int64ObservableUpDownCounter("llmtap_tap_queue_length", metric.WithUnit("{call}"),
		metric.WithDescription("Finished model calls that wait to be decoded."))
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	t.registration, err = t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := stats()
		o.ObserveInt64(requests, s.Requests)
		o.ObserveInt64(copiesCut, s.CopiesCut)
		o.ObserveInt64(refused, s.Refused)
		o.ObserveInt64(unauthorized, s.Unauthorized)
		o.ObserveInt64(faults, s.Faults)
		o.ObserveInt64(inflight, s.InFlight)
		o.ObserveInt64(connections, s.Connections)
		o.ObserveInt64(queue, int64(queued()))
		return nil
	}, requests, copiesCut, refused, unauthorized, faults, inflight, connections, queue)
	return err
}

func (t *telemetry) dropped(reason string, calls int) {
	t.droppedCalls.Add(context.Background(), int64(calls), t.reasons[reason])
}

func (t *telemetry) decodeFailed(reason string) {
	t.decodeFailures.Add(context.Background(), 1, t.reasons[reason])
}

func (t *telemetry) keptUsage(reason string) {
	t.usageKept.Add(context.Background(), 1, t.reasons[reason])
}

func (t *telemetry) overheadOf(d time.Duration) { t.overhead.Record(context.Background(), d.Seconds()) }

func (t *telemetry) stop() error {
	if t.registration == nil {
		return nil
	}
	return t.registration.Unregister()
}
