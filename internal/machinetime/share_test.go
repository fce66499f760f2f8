package machinetime

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

var start = time.Unix(1_793_491_200, 0)

func at(d time.Duration) time.Time { return start.Add(d) }

func TestShares(t *testing.T) {
	f := func(calls []Call, want []genai.NanoUSD, wantIdle genai.NanoUSD) {
		t.Helper()
		shares, idle := Hour(start, 3_600_000_000_000, calls) // 1 USD a second
		require.Equal(t, want, shares)
		require.Equal(t, wantIdle, idle)
	}
	const usd = 1_000_000_000
	f(nil, []genai.NanoUSD{}, 3600*usd)
	f([]Call{{at(0), at(time.Hour), 1}}, []genai.NanoUSD{3600 * usd}, 0)
	f([]Call{{at(-time.Hour), at(time.Second), 1}, {at(time.Hour), at(2 * time.Hour), 1}}, []genai.NanoUSD{usd, 0}, 3599*usd)
	f([]Call{{at(0), at(4 * time.Second), 1}, {at(2 * time.Second), at(6 * time.Second), 1}}, []genai.NanoUSD{3 * usd, 3 * usd}, 3594*usd)
	f([]Call{{at(0), at(4 * time.Second), 3}, {at(0), at(4 * time.Second), 1}}, []genai.NanoUSD{3 * usd, usd}, 3596*usd)
	f([]Call{{at(5), at(5), 1}}, []genai.NanoUSD{0}, 3600*usd)
}

// exact is the closed form: the sum over all stretches between two events of price × length × weight / weights.
func exact(price genai.NanoUSD, calls []Call) []*big.Rat {
	var cuts []int64
	within := func(t time.Time) int64 { return int64(min(max(t.Sub(start), 0), time.Hour)) }
	for _, c := range calls {
		cuts = append(cuts, within(c.Start), within(c.End))
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	shares := make([]*big.Rat, len(calls))
	for i := range shares {
		shares[i] = new(big.Rat)
	}
	for k := range len(cuts) - 1 {
		var weights int64
		for _, c := range calls {
			if within(c.Start) <= cuts[k] && within(c.End) >= cuts[k+1] {
				weights += int64(c.Weight)
			}
		}
		for i, c := range calls {
			if within(c.Start) <= cuts[k] && within(c.End) >= cuts[k+1] {
				part := big.NewRat(cuts[k+1]-cuts[k], int64(time.Hour))
				part.Mul(part, big.NewRat(int64(price), 1)).Mul(part, big.NewRat(int64(c.Weight), weights))
				shares[i].Add(shares[i], part)
			}
		}
	}
	return shares
}

func TestSimulationAgainstTheClosedForm(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		price := genai.NanoUSD(r.Int64N(HourlyNanoUSDMax) + 1)
		calls := make([]Call, r.IntN(120))
		for i := range calls {
			begin := time.Duration(r.Int64N(int64(90*time.Minute))) - 15*time.Minute
			calls[i] = Call{at(begin), at(begin + time.Duration(r.Int64N(int64(10*time.Minute)))), 1 + r.Uint32N(5)}
		}
		shares, idle := Hour(start, price, calls)
		sum := idle
		for i, want := range exact(price, calls) {
			sum += shares[i]
			off, _ := want.Sub(want, big.NewRat(int64(shares[i]), 1)).Float64()
			require.InDelta(t, 0, off, 1.001, "a nano-dollar")
		}
		require.Equal(t, price, sum, "calls and idle are the price")
		require.GreaterOrEqual(t, idle, genai.NanoUSD(0))
	}
}
