package genaimetricsconnector

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// exemplar leads from a bucket to the trace of a call in it. The value is in the instrument's smallest unit.
type exemplar struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
	value int64
	at    time.Time
}

func (e *exemplar) put(point pmetric.Exemplar, perUnit float64) {
	point.SetTraceID(e.trace)
	point.SetSpanID(e.span)
	point.SetTimestamp(pcommon.NewTimestampFromTime(e.at))
	point.SetDoubleValue(float64(e.value) / perUnit)
}
