package genaimetricsconnector

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/llmtap/llmtap/internal/genai"
)

// attrOverflow marks the overflow series, as in the metrics SDK of OpenTelemetry.
const attrOverflow = "otel.metric.overflow"

// emit writes all series of the instrument, if there are any, and begins a new interval.
func (in *instrument) emit(metrics pmetric.MetricSlice, now time.Time, expiration time.Duration) {
	in.evict(now, expiration)
	in.period = now
	if len(in.series) == 0 {
		return
	}
	metric := metrics.AppendEmpty()
	metric.SetName(in.name)
	metric.SetUnit(in.unit)
	metric.SetDescription(in.description)
	keys := slices.SortedFunc(maps.Keys(in.series), func(a, b key) int { return slices.Compare(a[:], b[:]) })
	if len(in.bounds) > 0 {
		in.emitHistogram(metric.SetEmptyHistogram(), keys, now)
	} else {
		in.emitSum(metric.SetEmptySum(), keys, now)
	}
}

func (in *instrument) emitHistogram(histogram pmetric.Histogram, keys []key, now time.Time) {
	histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	histogram.DataPoints().EnsureCapacity(len(keys))
	for _, k := range keys {
		s, point := in.series[k], histogram.DataPoints().AppendEmpty()
		s.unsent = false
		point.SetStartTimestamp(pcommon.NewTimestampFromTime(s.start))
		point.SetTimestamp(pcommon.NewTimestampFromTime(now))
		point.SetCount(s.count)
		point.SetSum(float64(s.sum) / in.perUnit)
		point.ExplicitBounds().FromRaw(in.bounds)
		point.BucketCounts().FromRaw(s.buckets)
		for i := range s.exemplars {
			if e := &s.exemplars[i]; !e.trace.IsEmpty() {
				e.put(point.Exemplars().AppendEmpty(), in.perUnit)
			}
		}
		in.putLabels(point.Attributes(), k)
	}
}

func (in *instrument) emitSum(sum pmetric.Sum, keys []key, now time.Time) {
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	sum.SetIsMonotonic(true)
	sum.DataPoints().EnsureCapacity(len(keys))
	for _, k := range keys {
		s, point := in.series[k], sum.DataPoints().AppendEmpty()
		s.unsent = false
		point.SetStartTimestamp(pcommon.NewTimestampFromTime(s.start))
		point.SetTimestamp(pcommon.NewTimestampFromTime(now))
		if in.perUnit == 1 {
			point.SetIntValue(s.sum)
		} else {
			point.SetDoubleValue(float64(s.sum) / in.perUnit)
		}
		in.putLabels(point.Attributes(), k)
	}
}

func (in *instrument) putLabels(attributes pcommon.Map, k key) {
	if k == overflowKey {
		attributes.PutBool(attrOverflow, true)
		return
	}
	attributes.EnsureCapacity(len(in.labels))
	for i, name := range in.labels {
		switch {
		case k[i] == "":
		case name == genai.AttrServerPort:
			port, _ := strconv.ParseInt(k[i], 10, 64) // was made of a number
			attributes.PutInt(name, port)
		default:
			attributes.PutStr(name, k[i])
		}
	}
}
