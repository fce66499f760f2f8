package genailedgerextension

import (
	"slices"
	"strings"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// account is what one user (team, ...) has spent of one budget.
type account struct {
	budget *budget
	key    string

	begin    time.Time // of the calendar's unit that spent belongs to
	spent    meter     // through this Collector
	unseen   meter     // what of this was charged for counts that are not known, and is in no row
	stored   amount    // what the store knows beyond it: spending of other Collectors, or from before a restart
	leaves   time.Time // when all that is stored has left a window that rolls
	reserved amount    // by calls in flight
	recent   meter     // what was spent lately, which the store need not know yet
	level    int       // of the alert raised last: 0, 1 soft, 2 hard
	burn     *burn     // nil until there is enough to burn
	// unpriced is when an alert was raised last for calls whose price is not known.
	unpriced time.Time
	// missed is the share of its budget that the account may have used besides, before it took another's place.
	missed float64
}

// recentSlots is in how many parts spending becomes old enough for the store to know it.
const recentSlots = 4

func newAccount(b *budget, key string, lag time.Duration, now time.Time) *account {
	a := &account{budget: b, key: key, recent: newMeter(lag, recentSlots)}
	a.spent, a.unseen = newMeter(b.window.roll, meterSlots), newMeter(b.window.roll, meterSlots)
	a.advance(now)
	return a
}

// advance begins a new unit of the calendar, or forgets what has left a window that rolls. The store may not be there to tell of the latter.
// Where the clock was set back to an earlier unit, what was spent counts for that one: for none, the budget would be new.
func (a *account) advance(now time.Time) {
	if a.budget.window.roll > 0 {
		a.spent.advance(now)
		a.unseen.advance(now)
		if !now.Before(a.leaves) {
			a.stored = amount{}
		}
		return
	}
	switch begin, _ := a.budget.bounds(now); {
	case begin.Before(a.begin):
		a.begin = begin
	case begin.After(a.begin):
		a.begin, a.spent.total, a.unseen.total, a.stored, a.level, a.missed = begin, amount{}, amount{}, amount{}, 0, 0
	}
}

// total is all spending in the window.
func (a *account) total() amount { return a.spent.total.plus(a.stored) }

// add accounts a call that ended at a time up to now, whose row has a part of what is spent. One that ended before the window, as after an
// outage of whoever sent it, is none of it. Of what ended since the ledger was opened the store is not asked as long as it is recent.
func (a *account) add(now, end, opened time.Time, spent, inRow amount) {
	a.advance(now)
	if !end.Before(opened) {
		a.recent.addAt(now, end, inRow)
	}
	if !end.Before(a.begin) {
		a.spent.addAt(now, end, spent)
		a.unseen.addAt(now, end, spent.minus(inRow))
	}
	if a.burns() {
		a.burn.add(now, end, spent.nano)
	}
}

// burnShareMin is which share of its budget an account must have used before its rate is measured, so that small ones need
// little memory. Every rule of burn needs ten times as much.
const burnShareMin = 0.002

// burns tells whether the account's rate is measured.
func (a *account) burns() bool {
	if a.budget.limit.nano == 0 {
		return false
	}
	if a.burn == nil && float64(a.total().nano) >= burnShareMin*float64(a.budget.limit.nano) {
		a.burn = newBurn()
	}
	return a.burn != nil
}

// learn takes over what the store knows of calls that ended before a time: what goes beyond this Collector's own.
// What calls the store has not got yet, during an outage, are not forgotten for that. What was spent lately may be of
// the window before: then nothing of this one is old enough for the store.
func (a *account) learn(now time.Time, known amount) {
	a.advance(now)
	a.recent.advance(now)
	old := a.spent.total.minus(a.unseen.total).minus(a.recent.total).max(amount{})
	a.stored, a.leaves = known.minus(old).max(amount{}), now.Add(a.budget.window.roll)
}

// retryAfter gives when the budget has room again, if it is spent.
func (a *account) retryAfter(now time.Time) time.Duration {
	if a.budget.window.roll == 0 {
		_, end := a.budget.bounds(now)
		return end.Sub(now)
	}
	beside := func(stored amount) time.Duration {
		return a.spent.until(now, func(rest amount) bool { return !a.budget.usedUp(rest.plus(stored)) })
	}
	without := a.leaves.Sub(now)
	if a.budget.usedUp(a.spent.total) {
		without = max(without, beside(amount{}))
	}
	return min(beside(a.stored), without)
}

// alerts gives what adding a call has newly brought about. Unpriced tells that its price is not known.
func (a *account) alerts(now time.Time, unpriced bool) (alerts []genai.Alert) {
	raise := func(kind, severity string, value, limit float64, unit string) {
		alerts = append(alerts, genai.Alert{
			Kind: kind, Severity: severity, Budget: a.budget.Name, Scope: a.budget.Scope, Key: a.key,
			Value: value, Limit: limit, Unit: unit,
		})
	}
	use := a.budget.use(a.total())
	level := 0
	if use.share >= a.budget.Soft {
		level = 1
	}
	if use.share >= 1 {
		level = 2
	}
	switch {
	case level <= a.level:
	case level == 2:
		raise("budget_hard", "page", use.value, use.limit, use.unit)
	default:
		raise("budget_soft", "ticket", use.value, use.limit, use.unit)
	}
	a.level = level
	length := a.budget.window.length(now)
	if unpriced && a.budget.limit.nano > 0 && now.Sub(a.unpriced) >= length {
		a.unpriced = now
		raise("unpriced", "ticket", 1, 0, "calls without a known price, which the budget does not bound")
	}
	if a.burns() {
		perSecond := float64(a.budget.limit.nano) / length.Seconds()
		if severity, rate, threshold := a.burn.crossed(now, perSecond); severity != "" {
			raise("burn_rate", severity, rate, threshold, "times the budget's rate")
		}
	}
	return alerts
}

// copy gives an account of another budget with the same spending.
func (a *account) copy(b *budget) *account {
	other := *a
	other.budget, other.reserved, other.level, other.burn = b, amount{}, 0, nil
	for _, m := range []*meter{&other.spent, &other.unseen, &other.recent} {
		m.slots = slices.Clone(m.slots)
	}
	return &other
}

// account gives the account of a budget's key at the current time.
func (l *Ledger) account(b *budget, key string, now time.Time) *account {
	if a, ok := b.accounts[key]; ok {
		a.advance(now)
		return a
	}
	key = strings.Clone(key) // keeps the account from holding the text that the name was cut from
	a := newAccount(b, key, l.cfg.Store.Lag, now)
	if l.count >= l.cfg.AccountsMax {
		a.missed = l.evict(now)
	}
	b.accounts[key] = a
	l.count++
	l.remember(a)
	return a
}
