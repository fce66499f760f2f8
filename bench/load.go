//go:build linux

package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// load is how calls are made.
type load struct {
	connections int
	promptBytes int
	// rate is of an open loop, in calls per second: calls begin at times fixed beforehand, however long those before
	// take, and are timed from there. 0 is a closed loop: each connection makes its next call when one has ended.
	rate  int
	serve behaviour
	// spread distributes the first calls of a closed loop over this time.
	spread time.Duration
}

// sample is what came of a load.
type sample struct {
	elapsed         time.Duration
	calls, failures int
	events          int
	err             error // of a failure
	latency, first  []time.Duration
	delay           []time.Duration
}

// run makes calls of the address for the given time and finishes those that have begun.
func (l load) run(address string, clock *metronome, d time.Duration) sample {
	begin := time.Now()
	next := l.pace(clock, begin, d)
	request := makeRequest(address, l.promptBytes, l.serve)
	results := make([]sample, l.connections)
	var wg sync.WaitGroup
	for i := range l.connections {
		wg.Go(func() {
			c := &client{address: address, request: request}
			defer c.close()
			if l.spread > 0 {
				clock.wait(begin.Add(l.spread*time.Duration(i)/time.Duration(l.connections)), make(chan struct{}, 1))
			}
			results[i] = callAll(c, next)
		})
	}
	wg.Wait()
	total := merge(results)
	total.elapsed = time.Since(begin)
	return total
}

// pace gives a function that waits for the next call and tells when it was due; false ends the load.
func (l load) pace(clock *metronome, begin time.Time, d time.Duration) func() (time.Time, bool) {
	if l.rate == 0 {
		end := begin.Add(d)
		return func() (time.Time, bool) {
			now := time.Now()
			return now, now.Before(end)
		}
	}
	calls := int64(d) * int64(l.rate) / int64(time.Second)
	var begun atomic.Int64
	wakes := sync.Pool{New: func() any { return make(chan struct{}, 1) }}
	return func() (time.Time, bool) {
		i := begun.Add(1) - 1
		if i >= calls {
			return time.Time{}, false
		}
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(l.rate))
		wake := wakes.Get().(chan struct{})
		clock.wait(due, wake)
		wakes.Put(wake)
		return due, true
	}
}

// failuresMax is after how many failures a connection gives up.
const failuresMax = 20

func callAll(c *client, next func() (time.Time, bool)) sample {
	var s sample
	for s.failures < failuresMax {
		due, ok := next()
		if !ok {
			break
		}
		t := timing{events: s.delay}
		if err := c.call(due, &t); err != nil {
			s.failures, s.err = s.failures+1, err
			continue
		}
		s.events += t.count
		s.calls, s.delay = s.calls+1, t.events
		s.latency, s.first = append(s.latency, t.total), append(s.first, t.first)
	}
	return s
}

func merge(results []sample) sample {
	var total sample
	for _, r := range results {
		total.calls += r.calls
		total.failures += r.failures
		total.events += r.events
		if r.err != nil {
			total.err = r.err
		}
		total.latency = append(total.latency, r.latency...)
		total.first = append(total.first, r.first...)
		total.delay = append(total.delay, r.delay...)
	}
	return total
}
