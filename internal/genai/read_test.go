package genai

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func readWith(name string, value any) Call {
	span := ptrace.NewSpan()
	span.Attributes().PutStr(AttrOperationName, string(OperationChat))
	_ = span.Attributes().PutEmpty(name).FromRaw(value)
	var c Call
	ReadSpan(span, &c)
	return c
}

func TestCostsComeBackFromSpans(t *testing.T) {
	for below := range NanoUSD(10_000) {
		want := Cost{Known: true, Amount: CostMax - below}
		require.Equal(t, want, readWith(AttrCostUSD, want.Amount.USD()).Cost)
	}
}

func TestImpossibleCostIsUnknown(t *testing.T) {
	f := func(value any, want Cost) {
		t.Helper()
		require.Equal(t, want, readWith(AttrCostUSD, value).Cost)
	}
	f(0.0, Cost{Known: true})
	f(int64(2), Cost{Known: true, Amount: 2e9})
	f(CostMax.USD(), Cost{Known: true, Amount: CostMax})
	f(CostMax.USD()+1e-9, Cost{})
	f(-1e-9, Cost{})
	f(math.NaN(), Cost{})
	f(math.Inf(1), Cost{})
	f("0.5", Cost{})
}

func TestImpossibleDurationIsAbsent(t *testing.T) {
	f := func(value any, want time.Duration) {
		t.Helper()
		require.Equal(t, want, readWith(AttrTimeToFirstChunk, value).TimeToFirstChunk)
	}
	f(0.25, 250*time.Millisecond)
	f(int64(3), 3*time.Second)
	f(-1.0, 0)
	f(math.NaN(), 0)
	f(math.Inf(1), 0)
	f("1", 0)
}

// Spans from anywhere may say that parts are more than the whole, and any number.
func TestImpossibleTokensAreNotAddedUp(t *testing.T) {
	f := func(input, cached int64, want int64, possible bool) {
		t.Helper()
		span := ptrace.NewSpan()
		span.Attributes().PutStr(AttrOperationName, string(OperationChat))
		span.Attributes().PutInt(AttrInputTokens, input)
		span.Attributes().PutInt(AttrCacheReadInputTokens, cached)
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, Known(want), c.Usage.Input)
		require.Equal(t, possible, c.Usage.Possible())
	}
	f(100, 40, 100, true)
	f(40, 100, 140, true)
	f(40, TokensMax, 40+TokensMax, false)
	f(40, TokensMax+1, 40, false)
	f(40, math.MaxInt64, 40, false)
	f(math.MaxInt64, 40, math.MaxInt64, false)
}

func TestWhatIsNoCountIsUnknown(t *testing.T) {
	f := func(value any, want Count) {
		t.Helper()
		require.Equal(t, want, readWith(AttrInputTokens, value).Usage.Input)
	}
	f(12.0, Known(12))
	f(math.Inf(1), Count{})
	f(-1, Count{})
	f("12", Known(12))
	f("0", Known(0))
	f("", Count{})
	f("-1", Count{})
	f("12.5", Count{})
	f("none", Count{})
	f("9223372036854775808", Count{})
}

// A span of another's may have as many attributes as a message has room for. What is read of each is looked for among those
// before it.
func TestAttributesOfAnyNameAreBounded(t *testing.T) {
	span := ptrace.NewSpan()
	raw := map[string]any{AttrOperationName: string(OperationChat)}
	for i := range 20_000 {
		number := strconv.Itoa(i)
		raw[AttrCallerHeaderPrefix+number], raw[AttrLabelPrefix+number], raw[AttrRateLimitPrefix+number+".limit"] = "x", "x", 1
	}
	require.NoError(t, span.Attributes().FromRaw(raw))
	var c Call
	require.True(t, ReadSpan(span, &c))
	require.Len(t, c.Caller.Hints, hintsMax)
	require.Len(t, c.Caller.Labels, labelsMax)
	require.Len(t, c.RateLimits, rateLimitsMax)
}
