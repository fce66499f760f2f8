package pricebook

import (
	"fmt"
	"strings"
	"time"
)

// hours is a part of every day in UTC, in minutes after midnight, or of those from Monday to Friday that it begins on; the zero
// value is all of it.
type hours struct {
	begin, end int
	workdays   bool
}

const (
	minutesOfDay = 24 * 60
	workdays     = "Mon-Fri "
)

func newHours(text string) (hours, error) {
	if text == "" {
		return hours{}, nil
	}
	ofDay, onWorkdays := strings.CutPrefix(text, workdays)
	first, last, _ := strings.Cut(ofDay, "-")
	begin, err1 := time.Parse("15:04", first)
	end, err2 := time.Parse("15:04", last)
	h := hours{begin.Hour()*60 + begin.Minute(), end.Hour()*60 + end.Minute(), onWorkdays}
	if err1 != nil || err2 != nil || h.begin == h.end {
		return hours{}, fmt.Errorf("daily: %q is no part of a day; give HH:MM-HH:MM or %sHH:MM-HH:MM in UTC", text, workdays)
	}
	if h.end < h.begin {
		h.end += minutesOfDay
	}
	return h, nil
}

// hold tells whether a time lies in these hours; their end does not.
func (h hours) hold(t time.Time) bool {
	if h == (hours{}) {
		return true
	}
	t = t.UTC()
	minute := t.Hour()*60 + t.Minute()
	return h.begin <= minute && minute < h.end && h.on(t.Weekday()) ||
		minute+minutesOfDay < h.end && h.on(t.AddDate(0, 0, -1).Weekday())
}

func (h hours) on(day time.Weekday) bool {
	return !h.workdays || day != time.Saturday && day != time.Sunday
}

// rank puts a part of a day before all of it, and that of some days before that of every day.
func (h hours) rank() int {
	switch {
	case h.workdays:
		return 2
	case h != (hours{}):
		return 1
	}
	return 0
}
