package pricebook

import (
	"fmt"
	"strings"
	"time"
)

// hours is a part of every day in UTC, in minutes after midnight; the zero value is all of it.
type hours struct{ begin, end int }

const minutesOfDay = 24 * 60

func newHours(text string) (hours, error) {
	if text == "" {
		return hours{}, nil
	}
	first, last, _ := strings.Cut(text, "-")
	begin, err1 := time.Parse("15:04", first)
	end, err2 := time.Parse("15:04", last)
	h := hours{begin.Hour()*60 + begin.Minute(), end.Hour()*60 + end.Minute()}
	if err1 != nil || err2 != nil || h.begin == h.end {
		return hours{}, fmt.Errorf("daily: %q is no part of a day; give HH:MM-HH:MM in UTC", text)
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
	return h.begin <= minute && minute < h.end || minute+minutesOfDay < h.end
}

// rank puts a part of a day before all of it.
func (h hours) rank() int {
	if h == (hours{}) {
		return 0
	}
	return 1
}
