package genailedgerextension

import (
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// account is what one user (team, ...) has spent of one budget.
type account struct {
	budget *budget
	key    string

	begin    time.Time // of the calendar's unit that spent belongs to
	spent    amount    // by the calendar
	rolling  meter     // when the window rolls
	stored   amount    // what the store knows beyond it: spending of other Collectors, or from before a restart
	reserved amount    // by calls in flight
	recent   meter     // what was spent lately, which the store need not know yet
	level    int       // of the alert raised last: 0, 1 soft, 2 hard
	burn     *burn
	touched  time.Time
}

// recentSlots is in how many parts spending becomes old enough for the store to know it.
const recentSlots = 4

func newAccount(b *budget, key string, lag time.Duration, now time.Time) *account {
	a := &account{budget: b, key: key, recent: newMeter(lag, recentSlots)}
	if b.window.roll > 0 {
		a.rolling = newMeter(b.window.roll, meterSlots)
	}
	if b.limit.nano > 0 {
		a.burn = newBurn()
	}
	a.advance(now)
	return a
}

// advance begins a new unit of the calendar.
func (a *account) advance(now time.Time) {
	a.touched = now
	if a.budget.window.roll > 0 {
		a.rolling.advance(now)
		return
	}
	if begin, _ := a.budget.window.bounds(now); !begin.Equal(a.begin) {
		a.begin, a.spent, a.stored, a.level = begin, amount{}, amount{}, 0
	}
}

// own is what was spent through this Collector.
func (a *account) own() amount {
	if a.budget.window.roll > 0 {
		return a.rolling.total
	}
	return a.spent
}

// total is all spending in the window.
func (a *account) total() amount { return a.own().plus(a.stored) }

// add accounts a call that ended at a time up to now.
func (a *account) add(now, end time.Time, spent amount) {
	a.advance(now)
	a.recent.addAt(now, end, spent)
	if a.budget.window.roll > 0 {
		a.rolling.add(now, spent)
	} else {
		a.spent = a.spent.plus(spent)
	}
	if a.burn != nil {
		a.burn.add(now, spent.nano)
	}
}

// learn takes over what the store knows of calls that ended before a time: what goes beyond this Collector's own.
// What calls the store has not got yet, during an outage, are not forgotten for that.
func (a *account) learn(now time.Time, known amount) {
	a.advance(now)
	a.recent.advance(now)
	a.stored = known.minus(a.own().minus(a.recent.total)).max(amount{})
}

// alerts gives what adding has newly brought about.
func (a *account) alerts(now time.Time) (alerts []genai.Alert) {
	share, value, limit, unit := a.budget.share(a.total())
	level := 0
	if share >= a.budget.Soft {
		level = 1
	}
	if share >= 1 {
		level = 2
	}
	if level > a.level {
		kind, severity := "budget_soft", "ticket"
		if level == 2 {
			kind, severity = "budget_hard", "page"
		}
		alerts = append(alerts, genai.Alert{
			Kind: kind, Severity: severity, Budget: a.budget.Name, Scope: a.budget.Scope, Key: a.key,
			Value: value, Limit: limit, Unit: unit,
		})
	}
	if a.level = level; a.burn != nil {
		perSecond := float64(a.budget.limit.nano) / a.budget.window.length(now).Seconds()
		if severity, rate, threshold := a.burn.crossed(now, perSecond); severity != "" {
			alerts = append(alerts, genai.Alert{
				Kind: "burn_rate", Severity: severity, Budget: a.budget.Name, Scope: a.budget.Scope, Key: a.key,
				Value: rate, Limit: threshold, Unit: "times the budget's rate",
			})
		}
	}
	return alerts
}
