package command

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Period is a time that may also be given in days, which time.ParseDuration does not know. It is a flag.Value.
type Period time.Duration

// Day is 24 hours, whatever the clocks do.
const Day = Period(24 * time.Hour)

// Set reads a time, or a whole number of days.
func (p *Period) Set(text string) error {
	other, err := time.ParseDuration(text)
	length := Period(other)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16) // so many days fit a time.Duration
		length = Period(n) * Day
	}
	if err != nil {
		return errors.New("write it like 36h or 7d")
	}
	*p = length
	return nil
}

func (p *Period) String() string { return time.Duration(*p).String() }
