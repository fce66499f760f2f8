package reload

import "time"

// Ticker gives the ticks of an interval, and a function that stops them.
type Ticker func(time.Duration) (<-chan time.Time, func())

// SystemTicker ticks by the system's clock.
func SystemTicker(interval time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(interval)
	return ticker.C, ticker.Stop
}
