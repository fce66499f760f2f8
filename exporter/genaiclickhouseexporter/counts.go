package genaiclickhouseexporter

import (
	"go.opentelemetry.io/otel/metric"

	"github.com/llmtap/llmtap/internal/selfmetrics"
)

// scopeName is the instrumentation scope of the exporter's own metrics.
const scopeName = "github.com/llmtap/llmtap/exporter/genaiclickhouseexporter"

// counts are the exporter's own metrics. What fails to be sent is counted by the Collector's exporterhelper.
type counts struct {
	written, unrecorded, cut selfmetrics.Total
	skipped                  selfmetrics.ByReason
}

func newCounts(provider metric.MeterProvider) (counts, error) {
	meter := selfmetrics.NewMeter(provider, scopeName)
	c := counts{
		written:    meter.Total("llmtap_clickhouse_calls", "{call}", "Calls written to ClickHouse."),
		unrecorded: meter.Total("llmtap_clickhouse_unrecorded", "{span}", "Spans written to ClickHouse that tell of calls which were not recorded."),
		skipped: meter.ByReason("llmtap_clickhouse_skipped", "{span}",
			"Spans that became no row, by reason: no_call is neither a model call nor tells of unrecorded ones, no_id lacks a trace or span id, repeated came twice in a batch, stored is a call that came late and was there already, expired is a call past ttl::calls, which the table does not keep.",
			"no_call", "no_id", "repeated", "stored", "expired"),
		cut: meter.Total("llmtap_clickhouse_cut", "{value}", "Values shortened because they were over a limit."),
	}
	return c, meter.Err()
}

func (c *counts) add(written, unrecorded int, read tally) {
	c.written.Add(written - read.expired)
	c.unrecorded.Add(unrecorded)
	c.cut.Add(read.cut)
	c.skipped.Add("no_call", read.noCall)
	c.skipped.Add("no_id", read.noID)
	c.skipped.Add("repeated", read.repeated)
	c.skipped.Add("stored", read.stored)
	c.skipped.Add("expired", read.expired)
}
