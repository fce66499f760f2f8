package pricebook

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/shopspring/decimal"

	"github.com/llmtap/llmtap/internal/genai"
)

const (
	// rateUSDMax bounds the price of one token or call, in dollars, so that sums fit into 128 bits.
	rateUSDMax = 1000

	femtoPerNano = 1_000_000
	// The exponents of ten from a configured amount to femto-dollars.
	perMillionTokens = 9
	perCall          = 15
)

// rate is what one token or call costs, in femto-dollars (1e-15 USD).
type rate struct {
	femto uint64
	set   bool
}

// newRate converts a configured amount, of which nil is none, without rounding.
func newRate(key string, amount *float64, exponent int32) (rate, error) {
	if amount == nil {
		return rate{}, nil
	}
	most, of := rateUSDMax*math.Pow10(perCall-int(exponent)), ""
	if exponent == perMillionTokens {
		of = " per million tokens"
	}
	if math.IsNaN(*amount) || *amount < 0 || *amount > most {
		return rate{}, fmt.Errorf("%s: %v is no price; give dollars%s, from 0 to %.0f", key, *amount, of, most)
	}
	femto := decimal.NewFromFloat(*amount).Shift(exponent)
	if !femto.IsInteger() {
		return rate{}, fmt.Errorf("%s: %v is too fine; give at most %d decimals", key, *amount, exponent)
	}
	return rate{femto: femto.BigInt().Uint64(), set: true}, nil
}

// or gives another rate where there is none.
func (r rate) or(other rate) rate {
	if r.set {
		return r
	}
	return other
}

// sum is an exact amount of femto-dollars.
type sum struct{ hi, lo uint64 }

// add takes no negative n: counts are not.
func (s *sum) add(n int64, r rate) {
	hi, lo := bits.Mul64(uint64(n), r.femto)
	s.plus(hi, lo)
}

func (s *sum) plus(hi, lo uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi, _ = bits.Add64(s.hi, hi, carry)
}

// addHours adds a rate per hour for a time, to the microsecond, rounded down to a femto-dollar.
func (s *sum) addHours(d time.Duration, r rate) {
	hi, lo := bits.Mul64(uint64(d.Microseconds()), r.femto)
	const hour = uint64(time.Hour / time.Microsecond)
	quotient, _ := bits.Div64(hi%hour, lo, hour)
	s.plus(hi/hour, quotient)
}

var errOutOfRange = errors.New("cost out of range")

// round gives nano-dollars, half to even.
func (s *sum) round() (genai.NanoUSD, error) {
	if s.hi >= femtoPerNano {
		return 0, errOutOfRange
	}
	nano, rest := bits.Div64(s.hi, s.lo, femtoPerNano)
	if rest*2 > femtoPerNano || rest*2 == femtoPerNano && nano%2 == 1 {
		nano++
	}
	if nano > uint64(genai.CostMax) {
		return 0, errOutOfRange
	}
	return genai.NanoUSD(nano), nil
}
