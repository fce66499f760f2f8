package genailedgerextension

import "time"

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

// amountMax bounds what is added up of each currency, however much calls say that they cost: an account's own spending, that of other
// Collectors and what is reserved have room beside each other.
const amountMax = 1 << 61

// cut gives as much of another amount as a sum has room for.
func (a amount) cut(b amount) amount {
	return amount{min(b.nano, amountMax-a.nano), min(b.tokens, amountMax-a.tokens), min(b.calls, amountMax-a.calls)}
}

// meterSlots is in how many parts a rolling window forgets.
const meterSlots = 60

// meter adds up what was spent in a window that rolls in steps of a slot. One without a length, as for the calendar, forgets nothing.
type meter struct {
	slot  time.Duration
	count int      // of slots
	last  int64    // number of the newest slot
	slots []amount // nil until something is spent
	total amount
}

func newMeter(length time.Duration, slots int) meter {
	return meter{slot: length / time.Duration(slots), count: slots}
}

// at is the slot of a number, which is below 0 before 1970, where clocks without a battery begin.
func (m *meter) at(number int64) *amount {
	length := int64(len(m.slots))
	return &m.slots[(number%length+length)%length]
}

// advance forgets what has left the window. Where the clock was set back by more than that, what was spent counts as spent now: by its
// old time nothing that follows would count until the clock has caught up.
func (m *meter) advance(now time.Time) {
	if m.slots == nil {
		return
	}
	number, length := now.UnixNano()/int64(m.slot), int64(len(m.slots))
	switch {
	case number-m.last >= length:
		clear(m.slots)
		m.total, m.last = amount{}, number
	case m.last-number >= length:
		clear(m.slots)
		*m.at(number), m.last = m.total, number
	}
	for ; m.last < number; m.last++ {
		oldest := m.at(m.last + 1)
		m.total = m.total.minus(*oldest)
		*oldest = amount{}
	}
}

// addAt adds what was spent at a time up to now; what is too old has left the window already.
func (m *meter) addAt(now, at time.Time, a amount) {
	if m.slot == 0 {
		m.total = m.total.plus(m.total.cut(a))
		return
	}
	if m.slots == nil && a != (amount{}) {
		m.slots = make([]amount, m.count)
	}
	m.advance(now)
	number := min(at.UnixNano()/int64(m.slot), m.last)
	if number <= m.last-int64(len(m.slots)) {
		return
	}
	slot, a := m.at(number), m.total.cut(a)
	*slot = slot.plus(a)
	m.total = m.total.plus(a)
}

// begin is when the oldest slot begins.
func (m *meter) begin(now time.Time) time.Time {
	number := now.UnixNano()/int64(m.slot) - int64(m.count) + 1
	return time.Unix(0, number*int64(m.slot))
}

// until gives when so much has left the window that the rest is enough, at the latest when all has.
func (m *meter) until(now time.Time, enough func(rest amount) bool) time.Duration {
	m.advance(now)
	rest := m.total
	first := m.last - int64(len(m.slots)) + 1
	for number := first; number <= m.last; number++ {
		slot := *m.at(number)
		if rest = rest.minus(slot); slot != (amount{}) && enough(rest) {
			return time.Unix(0, (number+int64(len(m.slots)))*int64(m.slot)).Sub(now)
		}
	}
	return time.Duration(m.count) * m.slot
}
