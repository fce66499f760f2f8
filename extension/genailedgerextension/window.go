package genailedgerextension

import (
	"errors"
	"time"
)

// window is the time over which spending is added up: a unit of the calendar in UTC, or a length that rolls.
type window struct {
	unit string
	roll time.Duration
}

const (
	rollMin = time.Second
	rollMax = 31 * 24 * time.Hour
)

var errWindow = errors.New("no window")

func parseWindow(text string) (window, error) {
	switch text {
	case "minute", "hour", "day", "month":
		return window{unit: text}, nil
	}
	roll, err := time.ParseDuration(text)
	if err != nil || roll < rollMin || roll > rollMax {
		return window{}, errWindow
	}
	return window{roll: roll}, nil
}

// bounds gives the begin of the window at a time, and when it ends or, if it rolls, when a part of it is given back.
func (w window) bounds(now time.Time) (begin, end time.Time) {
	now = now.UTC()
	switch w.unit {
	case "minute":
		begin = now.Truncate(time.Minute)
		return begin, begin.Add(time.Minute)
	case "hour":
		begin = now.Truncate(time.Hour)
		return begin, begin.Add(time.Hour)
	case "day":
		begin = now.Truncate(24 * time.Hour)
		return begin, begin.AddDate(0, 0, 1)
	case "month":
		begin = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
		return begin, begin.AddDate(0, 1, 0)
	}
	return now.Add(-w.roll), now.Add(w.roll / meterSlots)
}

// length is how long the window that holds now is.
func (w window) length(now time.Time) time.Duration {
	if w.roll > 0 {
		return w.roll
	}
	begin, end := w.bounds(now)
	return end.Sub(begin)
}

// amount is spending in the three currencies of a budget.
type amount struct{ nano, tokens, calls int64 }

func (a amount) plus(b amount) amount {
	return amount{a.nano + b.nano, a.tokens + b.tokens, a.calls + b.calls}
}

func (a amount) minus(b amount) amount {
	return amount{a.nano - b.nano, a.tokens - b.tokens, a.calls - b.calls}
}

func (a amount) max(b amount) amount {
	return amount{max(a.nano, b.nano), max(a.tokens, b.tokens), max(a.calls, b.calls)}
}

// meterSlots is in how many parts a rolling window forgets.
const meterSlots = 60

// meter adds up what was spent in a window that rolls in steps of a slot.
type meter struct {
	slot  time.Duration
	last  int64 // number of the newest slot
	slots []amount
	total amount
}

func newMeter(length time.Duration, slots int) meter {
	return meter{slot: length / time.Duration(slots), slots: make([]amount, slots)}
}

// advance forgets what has left the window.
func (m *meter) advance(now time.Time) {
	number := now.UnixNano() / int64(m.slot)
	if number-m.last >= int64(len(m.slots)) {
		clear(m.slots)
		m.total, m.last = amount{}, number
		return
	}
	for ; m.last < number; m.last++ {
		i := (m.last + 1) % int64(len(m.slots))
		m.total = m.total.minus(m.slots[i])
		m.slots[i] = amount{}
	}
}

func (m *meter) add(now time.Time, a amount) { m.addAt(now, now, a) }

// addAt adds what was spent at a time up to now; what is too old has left the window already.
func (m *meter) addAt(now, at time.Time, a amount) {
	m.advance(now)
	number := min(at.UnixNano()/int64(m.slot), m.last)
	if number <= m.last-int64(len(m.slots)) {
		return
	}
	i := number % int64(len(m.slots))
	m.slots[i] = m.slots[i].plus(a)
	m.total = m.total.plus(a)
}

// begin is when the oldest slot begins.
func (m *meter) begin(now time.Time) time.Time {
	number := now.UnixNano()/int64(m.slot) - int64(len(m.slots)) + 1
	return time.Unix(0, number*int64(m.slot))
}
