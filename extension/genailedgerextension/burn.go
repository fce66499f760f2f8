package genailedgerextension

import "time"

// burn measures how fast an account burns its budget (Google, The Site Reliability Workbook, chapter 5, "Multiwindow,
// Multi-Burn-Rate Alerts"): an alert needs a long window, so that it means something, and a short one, so that it ends
// when the burning ends.
type burn struct {
	meters [len(burnWindows)]meter
	state  int // index of the rule that is fulfilled, -1 for none
}

var burnWindows = [...]time.Duration{
	5 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 3 * 24 * time.Hour,
}

// burnRules are in order of severity; long and short are indexes into burnWindows.
var burnRules = [...]struct {
	long, short int
	rate        float64
	severity    string
}{
	{2, 0, 14.4, "page"},
	{3, 1, 6, "page"},
	{4, 3, 1, "ticket"},
}

const (
	burnSlots = 10
	// burnHold is to which share of its rate an alert holds, so that spending in bursts does not raise it again and again.
	burnHold = 0.8
)

func newBurn() *burn {
	b := &burn{state: -1}
	for i, length := range burnWindows {
		b.meters[i] = newMeter(length, burnSlots)
	}
	return b
}

func (b *burn) add(now, at time.Time, nano int64) {
	for i := range b.meters {
		b.meters[i].addAt(now, at, amount{nano: nano})
	}
}

// crossed gives the severity of a rule that is newly fulfilled, with the rate of its long window; empty for none.
// perSecond is the rate, in nano-dollars, at which the budget lasts exactly.
func (b *burn) crossed(now time.Time, perSecond float64) (severity string, rate, threshold float64) {
	found := -1
	for i, rule := range burnRules {
		long, short := b.rate(rule.long, now, perSecond), b.rate(rule.short, now, perSecond)
		holds := b.state == i && long >= rule.rate*burnHold
		if holds || (long >= rule.rate && short >= rule.rate) {
			found, rate = i, long
			break
		}
	}
	before := b.state
	b.state = found
	if found < 0 || (before >= 0 && before <= found) {
		return "", 0, 0
	}
	return burnRules[found].severity, rate, burnRules[found].rate
}

func (b *burn) rate(i int, now time.Time, perSecond float64) float64 {
	b.meters[i].advance(now)
	return float64(b.meters[i].total.nano) / burnWindows[i].Seconds() / perSecond
}
