package proxy

import "time"

// deadline remembers to what a deadline of a connection is set. It is set anew only where it would be off by more than an
// eighth: setting one costs as much as parsing a small head.
type deadline struct{ at time.Time }

// move gives the time to set the deadline to, d after now; false when it is near enough as it is.
func (l *deadline) move(now time.Time, d time.Duration) (time.Time, bool) {
	want := now.Add(d)
	if off := want.Sub(l.at); off > -d/8 && off < d/8 {
		return want, false
	}
	l.at = want
	return want, true
}
