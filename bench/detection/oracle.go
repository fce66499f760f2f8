package main

import (
	"math"
	"math/rand/v2"
	"time"
)

// oracle dates changes as one who knows the levels before and after, the seasons and the deviations of the noise, and only not the
// moment: by the likelihood of blocks that it takes as independent, those that the detectors date by. Of rates no other date can be much better.
type oracle struct {
	Profile
	Change
	chance *rand.Rand
}

// oracleDates is how many it dates.
const oracleDates = 400

// off gives by how much its dates are late.
func (o *oracle) off() (all []time.Duration) {
	for i := range oracleDates {
		at := changeOf(i % blocksOfDay)
		shared, own := newLoad(o.chance), newLoad(o.chance)
		likelier, least, date := 0.0, math.Inf(1), at
		for t := at.Add(foundAfter - datedAfter).Add(-15 * time.Hour); t.Before(at.Add(datedAfter)); t = t.Add(blockTime) {
			if likelier < least {
				least, date = likelier, t
			}
			n := float64(max(1, poisson(o.chance, datedCalls*o.season(t)*math.Exp(0.15*o.chance.NormFloat64()))))
			changed := !t.Before(at)
			switch {
			case o.Errors > 0:
				likelier += o.events(n, 0.008, o.Errors, o.Clumping, changed)
			case o.ToolFailures > 0:
				likelier += o.events(math.Round(n/2), 0.02, o.ToolFailures, 0, changed)
			default:
				load := math.Sqrt2 / 2 * (shared.next(o.chance, &o.Profile) + own.next(o.chance, &o.Profile))
				likelier += o.latencies(n, load, changed)
			}
		}
		all = append(all, date.Sub(at))
	}
	return all
}

// events gives how much likelier, as the logarithm, those among n calls are with the one rate than with the other; they are negative
// binomial, or Poisson's where they do not come in clumps.
func (o *oracle) events(n, before, after, clumping float64, changed bool) float64 {
	mean := n * before
	if changed {
		mean = n * after
	}
	if clumping == 0 {
		return float64(poisson(o.chance, mean))*math.Log(after/before) - n*(after-before)
	}
	k := float64(poisson(o.chance, mean*o.clump(o.chance)))
	return k*math.Log(after/before) - (k+1/clumping)*math.Log((1+clumping*n*after)/(1+clumping*n*before))
}

// latencies gives the same of the means of ln time to first chunk and ln time per output token, which share the load.
func (o *oracle) latencies(n, load float64, changed bool) float64 {
	mean := func(own float64) (sum float64) {
		for range int(n) {
			sum += own * o.own(o.chance) / n
		}
		return sum
	}
	first, token := math.Log(o.FirstChunk), math.Log(max(1, o.PerToken))
	y, x := load+mean(o.Own), 0.7*load+mean(0.7*o.Own)
	if changed {
		y, x = y+first, x+token
	}
	shared, own := o.Block*o.Block+o.Hours*o.Hours+o.Days*o.Days, o.Own*o.Own/n
	yy, xy, xx := shared+own, 0.7*shared, 0.49*(shared+own)
	distance := func(y, x float64) float64 { return (xx*y*y - 2*xy*y*x + yy*x*x) / (xx*yy - xy*xy) }
	return (distance(y, x) - distance(y-first, x-token)) / 2
}
