package genaimetricsconnector

import "time"

// clock tells the time and when to flush.
type clock struct {
	now func() time.Time
	// tick gives the ticks of an interval, and a function that stops them.
	tick func(time.Duration) (<-chan time.Time, func())
}

var systemClock = clock{
	now: time.Now,
	tick: func(interval time.Duration) (<-chan time.Time, func()) {
		ticker := time.NewTicker(interval)
		return ticker.C, ticker.Stop
	},
}
