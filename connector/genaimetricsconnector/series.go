package genaimetricsconnector

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// labelsMax bounds the attributes of a series.
const labelsMax = 7

// key holds the values of a series' attributes in the order of its instrument's labels; an empty one is left out.
type key [labelsMax]string

// labelBytesMax bounds the value of an attribute; a longer one is cut.
const labelBytesMax = 256

// overflowKey is of the series that takes the calls past the limit.
var overflowKey = key{"\x00overflow"}

// series is one cumulative stream. The sum is in the instrument's smallest unit.
type series struct {
	// start is the end of the last interval without the series.
	start, touched time.Time
	// unsent tells that something came since the last flush, or that this was refused.
	unsent bool

	sum     int64
	count   uint64
	buckets []uint64
	// exemplars are of the latest call in each bucket; nil in counters, and where they are turned off.
	exemplars []exemplar
}

// instrument is one metric with its series.
type instrument struct {
	name, unit, description string
	labels                  []string
	// perUnit is how many of the smallest unit, in which values are recorded, make one Unit.
	perUnit float64
	// bounds are the upper bounds of the buckets, in Unit; without any the instrument is a counter.
	bounds []float64
	// exemplars tells that a histogram keeps them.
	exemplars bool

	seriesMax int
	// folds make the keys that take a new series past the limit, one after the other; the last one has only one result.
	folds     []func(key) key
	telemetry *telemetry

	series map[key]*series
	// period is when the current interval began.
	period time.Time
}

// add counts a value, which is not negative. A sum that has no room for it stays at the largest: a counter never falls.
func (in *instrument) add(k key, value int64, now time.Time) *series {
	s := in.at(k.limited())
	s.touched, s.unsent = now, true
	s.sum += min(value, math.MaxInt64-s.sum)
	s.count++
	return s
}

// observe adds a value of a call, which is not negative, to a histogram.
func (in *instrument) observe(k key, value int64, c *genai.Call, now time.Time) {
	s := in.add(k, value, now)
	place, _ := slices.BinarySearch(in.bounds, float64(value)/in.perUnit)
	s.buckets[place]++
	if s.exemplars != nil && !c.TraceID.IsEmpty() {
		s.exemplars[place] = exemplar{c.TraceID, c.SpanID, value, now}
	}
}

// at finds or begins the series of a key, or past the limit, of what the key folds to.
func (in *instrument) at(k key) *series {
	if s, ok := in.series[k]; ok {
		return s
	}
	if len(in.series) < in.seriesMax {
		return in.begin(k)
	}
	in.telemetry.overflow(in.name, 1)
	for _, fold := range in.folds {
		k = fold(k)
		if s, ok := in.series[k]; ok {
			return s
		}
		if len(in.series) < 2*in.seriesMax {
			return in.begin(k)
		}
	}
	return in.begin(k)
}

func (in *instrument) begin(k key) *series {
	for i := range k {
		k[i] = strings.Clone(k[i]) // keeps the series from holding the body that the name was cut from
	}
	s := &series{start: in.period}
	if len(in.bounds) > 0 {
		s.buckets = make([]uint64, len(in.bounds)+1)
		if in.exemplars {
			s.exemplars = make([]exemplar, len(s.buckets))
		}
	}
	in.series[k] = s
	return s
}

// evict gives up series that got nothing for so long. What they hold was taken at a flush.
func (in *instrument) evict(now time.Time, expiration time.Duration) {
	for k, s := range in.series {
		if !s.unsent && now.Sub(s.touched) >= expiration {
			delete(in.series, k)
		}
	}
}

// limited gives the key with values that back ends take; for want of that they would drop the series, or all metrics that come
// with it.
func (k key) limited() key {
	for i, value := range k {
		k[i], _ = genai.Shorten(value, labelBytesMax)
	}
	return k
}

// toOverflow is the fold of the conventions' metrics.
func toOverflow(key) key { return overflowKey }
