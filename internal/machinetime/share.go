// Package machinetime divides what a machine costs by the hour among the calls that it served.
//
// At every moment the cost is divided among the calls in flight, by their weights; what runs while there is none is
// idle. Calls and idle add up to the price of the hour to the last nano-dollar: amounts are whole femto-dollars (1e-15
// USD) per stretch of time between two events, and rounded once, over all calls of the hour together.
package machinetime

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

const (
	femtoPerNano = 1_000_000
	// HourlyNanoUSDMax bounds the price of an hour, so that it fits 64 bits in femto-dollars.
	HourlyNanoUSDMax = 10_000_000_000_000
)

// Call is a call in flight from Start to before End. Weight is its part of the machine relative to others, at least 1.
type Call struct {
	Start, End time.Time
	Weight     uint32
}

// Hour divides the price of the hour that begins at start. Shares are in the order of calls, which decides where a
// rounded nano-dollar goes, and so must be the same each time. A call outside the hour gets nothing.
func Hour(start time.Time, price genai.NanoUSD, calls []Call) (shares []genai.NanoUSD, idle genai.NanoUSD) {
	femto := make([]uint64, len(calls))
	total := uint64(price) * femtoPerNano
	var spent uint64 // up to the last event
	var last int64
	var flying []int
	for _, e := range events(start, calls) {
		if e.at > last {
			until := part(total, uint64(e.at), uint64(time.Hour))
			divide(until-spent, flying, calls, femto)
			spent, last = until, e.at
		}
		if e.begins {
			flying = append(flying, e.call)
		} else {
			flying = slices.DeleteFunc(flying, func(i int) bool { return i == e.call })
		}
	}
	shares = make([]genai.NanoUSD, len(calls))
	var sum, given uint64
	for i := range femto {
		sum += femto[i]
		nano := (sum + femtoPerNano/2) / femtoPerNano
		shares[i] = genai.NanoUSD(nano - given)
		given = nano
	}
	return shares, price - genai.NanoUSD(given)
}

// event is a call's begin or end, in nanoseconds of the hour.
type event struct {
	at     int64
	call   int
	begins bool
}

func events(start time.Time, calls []Call) []event {
	list := make([]event, 0, 2*len(calls))
	for i, c := range calls {
		begin := min(max(c.Start.Sub(start), 0), time.Hour)
		end := min(max(c.End.Sub(start), 0), time.Hour)
		if begin < end {
			list = append(list, event{int64(begin), i, true}, event{int64(end), i, false})
		}
	}
	slices.SortFunc(list, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.call, b.call)) })
	return list
}

// divide gives each call in flight its part of an amount, and the remainder that cannot be divided to the first ones.
func divide(amount uint64, flying []int, calls []Call, femto []uint64) {
	var weights, below, given uint64
	for _, i := range flying {
		weights += uint64(calls[i].Weight)
	}
	for _, i := range flying {
		below += uint64(calls[i].Weight)
		until := part(amount, below, weights)
		femto[i] += until - given
		given = until
	}
}

// part is amount × of / whole, rounded down; of is at most whole.
func part(amount, of, whole uint64) uint64 {
	hi, lo := bits.Mul64(amount, of)
	quotient, _ := bits.Div64(hi, lo, whole)
	return quotient
}
