//go:build linux

package main

import (
	"fmt"
	"os"
	"time"
)

const (
	// warmUp is for what a process does but once, such as to grow its heap.
	warmUp = time.Second
	// startMax bounds the wait for work that a target does when it has started, as ClickHouse's first look for regressions.
	startMax = 30 * time.Second
	// settleMax bounds the wait for work that a target does after its calls, which counts as theirs.
	settleMax  = 4 * time.Second
	settleStep = 100 * time.Millisecond
)

// bench measures targets under scenarios.
type bench struct {
	clock    *metronome
	folder   string
	upstream string // its address
	targets  map[string]*target
	// others is the share of the machine, 0 to 1, that other programs may take of a round.
	others   float64
	recorded map[string]recorded // by target, in all rounds
	// profile is the file for a profile of the tap in the last round, empty for none; profiled is what it is of.
	profile, profiled string
}

// round gives the figures of the targets of a scenario, one after the other, and the largest share of the machine that
// other programs took meanwhile. A target that fails has no figures.
func (b *bench) round(s scenario, tell func(string)) (map[string]figures, float64) {
	all, worst := map[string]figures{}, 0.0
	for _, name := range s.targets {
		f, others, err := b.measure(s, b.targets[name])
		if err != nil {
			tell(fmt.Sprintf("%s, %s failed: %v", s.name, name, err))
			continue
		}
		all[name], worst = f, max(worst, others)
	}
	return all, worst
}

// measure puts a load on a target, in a process of its own that has seen no other load.
func (b *bench) measure(s scenario, t *target) (figures, float64, error) {
	if err := t.start(b.folder, b.upstream); err != nil {
		return figures{}, 0, err
	}
	defer t.stop()
	warm := s.load
	warm.spread = 0
	warm.serve.events = min(warm.serve.events, 1)
	warmed := warm.run(t.address, b.clock, warmUp)
	settle(t.pid(), startMax)
	resetPeak(t.pid())
	measured := []int{t.pid(), os.Getpid()}
	others, steal, begin := programs(measured...), stolen(), time.Now()
	cpu := cpuOf(t.pid())
	profiled := b.startProfile(t, s.during)
	got := s.load.run(t.address, b.clock, s.during)
	settle(t.pid(), settleMax)
	if err := <-profiled; err != nil {
		return figures{}, 0, err
	}
	cpu = cpuOf(t.pid()) - cpu
	taken := takenSince(others, programs(measured...)) + stolen() - steal
	share, peak := float64(taken)/float64(time.Since(begin))/float64(cores()), peakOf(t.pid())
	if err := b.addRecorded(t, warmed.calls+got.calls); err != nil {
		return figures{}, 0, err
	}
	if got.calls == 0 || got.failures > got.calls/100 {
		return figures{}, 0, fmt.Errorf("%d calls, %d failures, one of them: %w", got.calls, got.failures, got.err)
	}
	f := got.figures(cpu)
	f.peakMB = float64(peak) / (1 << 20)
	return f, share, nil
}

// settle waits until a process does nothing more, but no longer than most.
func settle(pid int, most time.Duration) {
	if pid == 0 {
		return
	}
	before := cpuOf(pid)
	for end := time.Now().Add(most); time.Now().Before(end); {
		time.Sleep(settleStep)
		now := cpuOf(pid)
		if now-before <= settleStep/10 {
			return
		}
		before = now
	}
}

// figures relates the processor time to what was done with it.
func (s sample) figures(cpu time.Duration) figures {
	micros := func(values []time.Duration, p float64) float64 {
		return float64(percentile(values, p).Nanoseconds()) / 1e3
	}
	per1000 := func(n int) float64 {
		if n == 0 {
			return 0
		}
		return float64(cpu.Nanoseconds()) / 1e6 / float64(n) * 1000
	}
	return figures{
		callRate: float64(s.calls) / s.elapsed.Seconds(), eventRate: float64(s.events) / s.elapsed.Seconds(),
		cpuPerCall: per1000(s.calls), cpuPerHit: per1000(s.events),
		p50: micros(s.latency, .5), p99: micros(s.latency, .99), p999: micros(s.latency, .999),
		first50: micros(s.first, .5), first99: micros(s.first, .99),
		delay50: micros(s.delay, .5), delay99: micros(s.delay, .99),
	}
}

// result is what the rounds of a scenario gave.
type result struct {
	scenario
	rounds    []map[string]figures
	disturbed []map[string]figures
}

// used are the rounds that count: those that nothing disturbed, or, when there is none, all.
func (r result) used() []map[string]figures {
	if len(r.rounds) > 0 {
		return r.rounds
	}
	return r.disturbed
}

// value gives the median of a row for a target.
func (r result) value(of row, target string) float64 {
	var values []float64
	for _, round := range r.used() {
		f, ok := round[target]
		if !ok {
			continue
		}
		v := of.of(f)
		if direct, ok := round[nameDirect]; ok && of.over {
			v -= of.of(direct)
		}
		values = append(values, v)
	}
	return median(values)
}

// run makes rounds until each scenario has enough undisturbed ones, or the time is over. Each scenario gets one at least.
func (b *bench) run(list []scenario, rounds int, end time.Time, tell func(string)) []result {
	results := make([]result, len(list))
	for i := range list {
		results[i].scenario = list[i]
	}
	for pass := range 2 * rounds {
		for i := range results {
			r := &results[i]
			if len(r.rounds) >= rounds || (pass > 0 && time.Now().After(end)) {
				continue
			}
			got, others := b.round(r.scenario, tell)
			if others > b.others {
				r.disturbed = append(r.disturbed, got)
			} else {
				r.rounds = append(r.rounds, got)
			}
			tell(fmt.Sprintf("pass %d: %s (others took %.1f %% of the machine)", pass+1, r.name, 100*others))
		}
	}
	return results
}
