package pricebook

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestRate(t *testing.T) {
	f := func(amount float64, exponent int32, want uint64) {
		t.Helper()
		got, err := newRate("input", &amount, exponent)
		require.NoError(t, err)
		require.Equal(t, rate{femto: want, set: true}, got)
	}
	f(0, perMillionTokens, 0)
	f(0.1, perMillionTokens, 100_000_000)
	f(0.003625, perMillionTokens, 3_625_000)
	f(0.000000001, perMillionTokens, 1)
	f(1e9, perMillionTokens, 1e18)
	f(0.01, perCall, 1e13)
	f(1000, perCall, 1e18)
	none, err := newRate("input", nil, perMillionTokens)
	require.NoError(t, err)
	require.Equal(t, rate{}, none)
}

func TestRateRefusesWhatIsNoPrice(t *testing.T) {
	for _, amount := range []float64{-1, math.NaN(), math.Inf(1), math.Nextafter(1e9, 2e9), 1e-10, 5e-324} {
		_, err := newRate("input", &amount, perMillionTokens)
		require.ErrorContains(t, err, "input: ")
	}
}

func TestRoundHalfToEven(t *testing.T) {
	f := func(femto uint64, want genai.NanoUSD) {
		t.Helper()
		var s sum
		s.add(1, rate{femto: femto})
		got, err := s.round()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f(499_999, 0)
	f(500_000, 0)
	f(500_001, 1)
	f(1_500_000, 2)
	f(2_500_000, 2)
	f(2_500_001, 3)
}

func TestRoundRange(t *testing.T) {
	f := func(n int64, femto uint64, ok bool) {
		t.Helper()
		var s sum
		s.add(n, rate{femto: femto})
		_, err := s.round()
		require.Equal(t, ok, err == nil)
	}
	f(int64(genai.CostMax), femtoPerNano, true)
	f(int64(genai.CostMax)+1, femtoPerNano, false)
	f(math.MaxInt64, 1e18, false)
}

// The cost of random usage under random prices equals that of arbitrary-precision decimals.
func TestCostEqualsDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	amount := func() *float64 { v := float64(r.IntN(1_000_000)) / math.Pow10(r.IntN(10)); return &v }
	for range 20_000 {
		p := Price{
			Model: []string{"m"}, Input: amount(), Output: amount(), CacheRead: amount(), CacheWrite: amount(),
			Reasoning: amount(), PerCall: usd(float64(r.IntN(1000)) / 1e6),
		}
		e, err := compile(&p, patternLists{})
		require.NoError(t, err)
		read, write, fresh := r.Int64N(1000), r.Int64N(1000), r.Int64N(1_000_000)
		reasoning, answer := r.Int64N(10_000), r.Int64N(10_000)
		u := genai.Usage{
			Input: genai.Known(read + write + fresh), CacheRead: genai.Known(read), CacheWrite: genai.Known(write),
			Output: genai.Known(reasoning + answer), Reasoning: genai.Known(reasoning),
		}
		got, err := e.cost(&genai.Call{Usage: u})
		require.NoError(t, err)

		want := decimal.NewFromFloat(*p.PerCall).Shift(6)
		for _, line := range []struct {
			n     int64
			price *float64
		}{{read, p.CacheRead}, {write, p.CacheWrite}, {fresh, p.Input}, {reasoning, p.Reasoning}, {answer, p.Output}} {
			want = want.Add(decimal.NewFromInt(line.n).Mul(decimal.NewFromFloat(*line.price)))
		}
		require.Equal(t, want.Shift(3).RoundBank(0).IntPart(), int64(got), "%+v %+v", p, u)
	}
}
