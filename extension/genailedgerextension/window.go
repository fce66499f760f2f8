package genailedgerextension

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // time zones also where the system has none
)

// window is the time over which spending is added up: a unit of the calendar of a time zone, or a length that rolls.
type window struct {
	unit string
	roll time.Duration
	zone *time.Location
}

const (
	rollMin = time.Second
	rollMax = 31 * 24 * time.Hour
)

var errWindow = errors.New("no window")

func parseWindow(text, zone string) (window, error) {
	location, err := time.LoadLocation(zone) // of "" it is UTC
	if err != nil || zone == "Local" {
		return window{}, fmt.Errorf("%q is no time zone", zone)
	}
	switch text {
	case "minute", "hour", "day", "month":
		return window{unit: text, zone: location}, nil
	}
	roll, err := time.ParseDuration(text)
	if err != nil || roll < rollMin || roll > rollMax {
		return window{}, errWindow
	}
	return window{roll: roll, zone: location}, nil
}

// bounds gives the begin of the window at a time, and when it ends. A window that rolls ends now.
func (w window) bounds(now time.Time) (begin, end time.Time) {
	now = now.Round(0) // without the monotonic clock, which a calendar does not follow
	local := now.In(w.zone)
	year, month, day := local.Date()
	switch w.unit {
	case "minute":
		begin = now.Truncate(time.Minute)
		return begin, begin.Add(time.Minute)
	case "hour":
		begin = now.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second -
			time.Duration(local.Nanosecond()))
		return begin, begin.Add(time.Hour)
	case "day":
		return w.midnight(year, month, day), w.midnight(year, month, day+1)
	case "month":
		return w.midnight(year, month, 1), w.midnight(year, month+1, 1)
	}
	return now.Add(-w.roll), now
}

// midnight is when a day begins. Where clocks go forward at midnight the day begins later, and time.Date may give the hour before, which
// is of the day that ends.
func (w window) midnight(year int, month time.Month, day int) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, w.zone)
	if _, changed := t.ZoneBounds(); t.Hour() > 12 && !changed.IsZero() {
		return changed
	}
	return t
}

// length is how long the window that holds now is.
func (w window) length(now time.Time) time.Duration {
	if w.roll > 0 {
		return w.roll
	}
	begin, end := w.bounds(now)
	return end.Sub(begin)
}
