package genaimetricsconnector

import (
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/llmtap/llmtap/internal/genai"
)

// The buckets of the conventions, which are the same in all their versions.
var (
	tokenBounds = []float64{
		1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
	}
	secondBounds = []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
)

const (
	nanoPerUnit = 1e9
	unitToken   = "{token}"
)

// tokenHistogram is of the tokens of calls.
func tokenHistogram(name string, labels []string, description string) instrument {
	return instrument{name: name, unit: unitToken, bounds: tokenBounds, labels: labels, description: description}
}

// secondHistogram is of durations, which are recorded in nanoseconds.
func secondHistogram(name string, labels []string, description string) instrument {
	return instrument{name: name, unit: "s", bounds: secondBounds, perUnit: nanoPerUnit, labels: labels, description: description}
}

// commonLabels are what the conventions' metrics have in common. The values are those of commonKey.
var commonLabels = []string{
	genai.AttrOperationName, genai.AttrProviderName, genai.AttrRequestModel, genai.AttrResponseModel,
	genai.AttrServerAddress, genai.AttrServerPort,
}

// extraLabel is the place after the common labels.
const extraLabel = 6

// commonKey gives the values of commonLabels.
func commonKey(c *genai.Call) key {
	k := key{string(c.Operation), c.Provider, c.RequestModel, c.ResponseModel, c.ServerAddress}
	if c.ServerPort != 0 && c.ServerAddress != "" {
		k[5] = strconv.Itoa(c.ServerPort)
	}
	return k
}

// with gives the key with a value for the extra label.
func (k key) with(value string) key {
	k[extraLabel] = value
	return k
}

// instruments are all metrics of the connector.
type instruments struct {
	recorders []recorder
	own       *own
	all       []*instrument
}

// recorder records one call in a group of instruments.
type recorder interface {
	record(c *genai.Call, now time.Time)
}

func newInstruments(cfg *Config, t *telemetry, now time.Time) *instruments {
	var set instruments
	add := func(in instrument) *instrument {
		in.telemetry, in.series, in.period, in.exemplars = t, make(map[key]*series), now, cfg.Exemplars
		if in.seriesMax == 0 {
			in.seriesMax, in.folds = cfg.SeriesMax, []func(key) key{toOverflow}
		}
		if in.perUnit == 0 {
			in.perUnit = 1
		}
		t.overflow(in.name, 0)
		set.all = append(set.all, &in)
		return &in
	}
	checks := guard{t}
	if cfg.Semconv != SemconvCurrent {
		set.recorders = append(set.recorders, newV141(add, checks))
	}
	if cfg.Semconv != SemconvV141 {
		set.recorders = append(set.recorders, newCurrent(add, checks, cfg.Semconv == SemconvBoth))
	}
	set.own = newOwn(add, cfg.CostSeriesMax)
	set.recorders = append(set.recorders, set.own)
	return &set
}

func (set *instruments) record(c *genai.Call, now time.Time) {
	for _, r := range set.recorders {
		r.record(c, now)
	}
}

func (set *instruments) emit(metrics pmetric.MetricSlice, now time.Time, expiration time.Duration) {
	for _, in := range set.all {
		in.emit(metrics, now, expiration)
	}
}

// keep lets no series end before another emission: the last one was refused.
func (set *instruments) keep() {
	for _, in := range set.all {
		for _, s := range in.series {
			s.unsent = true
		}
	}
}

func withLabel(name string) []string { return append(slices.Clone(commonLabels), name) }
