package genaiclickhouseexporter

import (
	"fmt"
	"strconv"
	"time"
)

const (
	day    = 24 * time.Hour
	ageMax = Age(50 * 365 * day) // ClickHouse's DateTime ends in 2106
)

// Age is how long rows are kept, in whole hours; 0 keeps them for ever. As text it is a number with a unit: h, d, w, or
// y for 365 days.
type Age time.Duration

var ageUnits = map[byte]time.Duration{'h': time.Hour, 'd': day, 'w': 7 * day, 'y': 365 * day}

// UnmarshalText reads a number with a unit.
func (a *Age) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*a = 0
		return nil
	}
	if len(text) < 2 {
		return ageError(text)
	}
	unit, known := ageUnits[text[len(text)-1]]
	n, err := strconv.ParseUint(string(text[:len(text)-1]), 10, 32)
	if err != nil || !known || n > uint64(time.Duration(ageMax)/unit) {
		return ageError(text)
	}
	*a = Age(time.Duration(n) * unit)
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (a Age) MarshalText() ([]byte, error) {
	if hours := time.Duration(a) / time.Hour; hours%24 != 0 {
		return fmt.Appendf(nil, "%dh", hours), nil
	}
	if a == 0 {
		return []byte("0"), nil
	}
	return fmt.Appendf(nil, "%dd", time.Duration(a)/day), nil
}

func ageError(text []byte) error {
	return fmt.Errorf("%q is no age: write a number with a unit, such as 36h, 14d, 8w or 5y, at most 50y, or 0 to keep for ever", text)
}

// interval is the age as ClickHouse prints it back in a table's definition.
func (a Age) interval() string {
	if hours := int64(time.Duration(a) / time.Hour); hours%24 != 0 {
		return fmt.Sprintf("toIntervalHour(%d)", hours)
	}
	return fmt.Sprintf("toIntervalDay(%d)", int64(time.Duration(a)/day))
}
