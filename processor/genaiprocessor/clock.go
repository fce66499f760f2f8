package genaiprocessor

import "time"

// ticker gives the ticks of an interval, and a function that stops them.
type ticker func(time.Duration) (<-chan time.Time, func())

func systemTicker(interval time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(interval)
	return t.C, t.Stop
}
