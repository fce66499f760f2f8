package genai

import (
	"math"
	"time"
)

// Count is a number that may be unknown. Absent is not zero.
type Count struct {
	N     int64
	Known bool
}

// Known makes a known count.
func Known(n int64) Count { return Count{N: n, Known: true} }

// UsageSource says where token counts come from.
type UsageSource string

// The sources of token counts.
const (
	UsageNone      UsageSource = "none"
	UsageReported  UsageSource = "reported"  // by the server, unasked or because the client asked
	UsageInjected  UsageSource = "injected"  // by the server, because the tap asked
	UsageEstimated UsageSource = "estimated" // counted from the text; never replaces a reported value
)

// Usage holds token counts. Input includes CacheRead and CacheWrite, Output includes Reasoning.
type Usage struct {
	Input      Count
	Output     Count
	CacheRead  Count
	CacheWrite Count
	// CacheWriteLong is the part of CacheWrite that is kept for an hour instead of minutes.
	CacheWriteLong Count
	Reasoning      Count
	AudioInput     Count
	// AudioCacheRead is the part of AudioInput that is also of CacheRead.
	AudioCacheRead Count
	AudioOutput    Count
	ImageInput     Count
	ImageOutput    Count
	Source         UsageSource
	// AudioTime is how long the sound in the input plays; 0 is unknown.
	AudioTime time.Duration
	// HostedTools tells that the server did more for the answer than these tokens, such as searching the web, which hosts
	// charge for by the use. How much that came to is in no count.
	HostedTools bool
}

// TokensMax bounds the tokens of one call, as rows do; more is no count of a real call and would spoil every sum.
const TokensMax = math.MaxUint32

// Possible tells whether the counts can be those of one call, as what spans from anywhere say need not be.
func (u *Usage) Possible() bool {
	for _, n := range u.counts() {
		if n.N > TokensMax {
			return false
		}
	}
	return true
}

func (u *Usage) counts() [11]*Count {
	return [...]*Count{
		&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.CacheWriteLong, &u.Reasoning,
		&u.AudioInput, &u.AudioCacheRead, &u.AudioOutput, &u.ImageInput, &u.ImageOutput,
	}
}

// fill takes the counts that are unknown from another usage, and what has none.
func (u *Usage) fill(other *Usage) {
	from := other.counts()
	for i, n := range u.counts() {
		if !n.Known {
			*n = *from[i]
		}
	}
	u.HostedTools = u.HostedTools || other.HostedTools
}

// NanoUSD is an amount of money in 1e-9 US dollars, the smallest unit that is stored.
type NanoUSD int64

// CostMax bounds the cost of one call: 4.2 million dollars. From there on a float of dollars, as in a span, loses nano-dollars.
const CostMax NanoUSD = 1 << 22 * 1e9

// USD gives the amount in dollars. It converts back without loss up to CostMax.
func (n NanoUSD) USD() float64 { return float64(n) / 1e9 }

// NanoUSDFrom rounds dollars to the stored unit.
func NanoUSDFrom(usd float64) NanoUSD { return NanoUSD(math.Round(usd * 1e9)) }

// CostReported is the source of a cost that the server itself states.
const CostReported = "reported"

// Cost is what a call cost. Without a known price Known is false and Amount means nothing.
type Cost struct {
	Amount NanoUSD
	Known  bool
	// Source says how the amount came about, e.g. "price_book" or "config".
	Source string
	// PriceVersion names the version of the price that was applied, or would have been if all that it charges for had a count.
	PriceVersion string
}
