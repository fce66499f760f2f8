package genaiclickhouseexporter

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// scopeName is the instrumentation scope of the exporter's own metrics.
const scopeName = "github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"

// counts are the exporter's own metrics. What fails to be sent is counted by the Collector's exporterhelper.
type counts struct {
	written, unrecorded, skipped, cut metric.Int64Counter
}

func newCounts(provider metric.MeterProvider) (counts, error) {
	meter := provider.Meter(scopeName)
	written, err1 := meter.Int64Counter("llmtap_clickhouse_calls",
		metric.WithDescription("Calls written to ClickHouse."), metric.WithUnit("{call}"))
	unrecorded, err2 := meter.Int64Counter("llmtap_clickhouse_unrecorded",
		metric.WithDescription("Spans written to ClickHouse that tell of calls which were not recorded."), metric.WithUnit("{span}"))
	skipped, err3 := meter.Int64Counter("llmtap_clickhouse_skipped",
		metric.WithDescription("Spans that became no row, by reason: no_call is neither a model call nor tells of unrecorded ones, no_id lacks a trace or span id, repeated came twice in a batch, stored is a call that came late and was there already, expired is a call past ttl::calls, which the table does not keep."),
		metric.WithUnit("{span}"))
	cut, err4 := meter.Int64Counter("llmtap_clickhouse_cut",
		metric.WithDescription("Values shortened because they were over a limit."), metric.WithUnit("{value}"))
	c := counts{written, unrecorded, skipped, cut}
	c.add(context.Background(), 0, 0, tally{}) // Prometheus sees an increase only of what it has seen before
	return c, errors.Join(err1, err2, err3, err4)
}

func (c *counts) add(ctx context.Context, written, unrecorded int, read tally) {
	c.written.Add(ctx, int64(written-read.expired))
	c.unrecorded.Add(ctx, int64(unrecorded))
	c.cut.Add(ctx, int64(read.cut))
	for _, skipped := range []struct {
		reason string
		n      int
	}{{"no_call", read.noCall}, {"no_id", read.noID}, {"repeated", read.repeated}, {"stored", read.stored}, {"expired", read.expired}} {
		c.skipped.Add(ctx, int64(skipped.n), metric.WithAttributes(attribute.String("reason", skipped.reason)))
	}
}
