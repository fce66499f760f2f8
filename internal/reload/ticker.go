package reload

import "time"

// Ticker returns a channel that ticks at an interval, and a function that stops it.
type Ticker func(time.Duration) (<-chan time.Time, func())

// SystemTicker is the Ticker of the system's clock.
func SystemTicker(interval time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(interval)
	return ticker.C, ticker.Stop
}
