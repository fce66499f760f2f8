package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever word a span has for where its counts come from, its row and its series have one of four.
func TestUsageOfAnUnknownSource(t *testing.T) {
	f := func(source UsageSource, input Count, want UsageSource) {
		t.Helper()
		require.Equal(t, want, (&Usage{Source: source, Input: input}).SourceTold())
	}
	f("measured", Known(1), UsageReported)
	f("measured", Count{}, UsageNone)
	f("", Known(0), UsageReported)
	f(UsageInjected, Known(1), UsageInjected)
	f(UsageNone, Known(1), UsageNone)
}
