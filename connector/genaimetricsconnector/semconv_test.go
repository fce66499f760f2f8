package genaimetricsconnector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"
)

// The package of the conventions has names, units and descriptions; the buckets stand only in their text.
func TestMetricsAreThoseOfTheConventions(t *testing.T) {
	byName := make(map[string]*instrument)
	add := func(in instrument) *instrument { byName[in.name] = &in; return &in }
	newV141(add, guard{})
	f := func(theirs interface {
		Name() string
		Unit() string
		Description() string
	}, bounds []float64) {
		t.Helper()
		ours := byName[theirs.Name()]
		require.Equal(t, theirs.Unit(), ours.unit)
		require.Equal(t, theirs.Description(), ours.description)
		require.Equal(t, bounds, ours.bounds)
	}
	f(genaiconv.ClientTokenUsage{}, tokenBounds)
	f(genaiconv.ClientOperationDuration{}, secondBounds)
	f(genaiconv.ClientOperationTimeToFirstChunk{}, secondBounds)
	require.Len(t, byName, 3)

	for i, bound := range tokenBounds {
		require.Equal(t, float64(int64(1)<<(2*i)), bound)
	}
	for i, bound := range secondBounds {
		require.Equal(t, (10 * time.Millisecond << i).Seconds(), bound)
	}
}
