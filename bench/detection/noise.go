package main

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	blocksOfDay = 144
	blockTime   = 10 * time.Minute
)

// drift is a first-order autoregressive process with deviation 1.
type drift struct{ value, keep float64 }

// newDrift forgets within that many blocks all but 1/e.
func newDrift(r *rand.Rand, blocks float64) *drift {
	return &drift{r.NormFloat64(), math.Exp(-1 / blocks)}
}

func (d *drift) next(r *rand.Rand) float64 {
	d.value = d.keep*d.value + math.Sqrt(1-d.keep*d.keep)*r.NormFloat64()
	return d.value
}

// load is ln of how much slower a model is than usual.
type load struct{ hours, days *drift }

func newLoad(r *rand.Rand) *load { return &load{newDrift(r, 18), newDrift(r, 1.5*blocksOfDay)} }

func (l *load) next(r *rand.Rand, p *Profile) float64 {
	return p.Block*r.NormFloat64() + p.Hours*l.hours.next(r) + p.Days*l.days.next(r)
}

// season is how busy a block is, 1 on average over a weekday: quiet at night, a first peak before and a higher one after noon.
func (p *Profile) season(at time.Time) float64 {
	hour := float64(at.Sub(at.Truncate(24*time.Hour))) / float64(time.Hour)
	bump := func(middle, width float64) float64 { return math.Exp(-math.Pow((hour-middle)/width, 2) / 2) }
	day := 0.8*bump(10, 2.2) + bump(15.5, 3)
	busy := (p.Night + (1-p.Night)*day) / (p.Night + (1-p.Night)*0.52)
	if weekday := at.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		busy *= p.Weekend
	}
	return busy
}

// own is a call's own noise with deviation 1.
func (p *Profile) own(r *rand.Rand) float64 {
	normal := r.NormFloat64()
	if p.Tail == 0 {
		return normal
	}
	squares := 0.0
	for range int(p.Tail) {
		x := r.NormFloat64()
		squares += x * x
	}
	return normal / math.Sqrt(squares/p.Tail) / math.Sqrt(3)
}

// clump is by how much a rate is more than usual in one block: gamma-distributed with mean 1.
func (p *Profile) clump(r *rand.Rand) float64 {
	if p.Clumping == 0 {
		return 1
	}
	return gamma(r, 1/p.Clumping) * p.Clumping
}

// gamma draws from the gamma distribution of a shape of 1 or more: G. Marsaglia, W. W. Tsang, "A Simple Method for Generating
// Gamma Variables", ACM Transactions on Mathematical Software 26 (2000).
func gamma(r *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// poisson draws a count, by the gaps between events.
func poisson(r *rand.Rand, mean float64) int {
	n := 0
	for at := r.ExpFloat64(); at < mean; at += r.ExpFloat64() {
		n++
	}
	return n
}
