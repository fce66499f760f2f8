package genailedgerextension

import (
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
)

// SettleRepeated ends the reservation of a call that another span accounts, and charges it to the budgets that admitted it for those
// whom that span does not name, as unnamed tells of a scope: reported by an SDK first, the call would be nobody's. No row is theirs.
func (l *Ledger) SettleRepeated(ticket int64, call *genai.Call, unnamed func(scope string) bool) {
	l.raise(l.chargeRepeated(ticket, call, unnamed))
}

func (l *Ledger) chargeRepeated(ticket int64, call *genai.Call, unnamed func(scope string) bool) (alerts []genai.Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.giveBack(ticket)
	if held == nil {
		return nil
	}
	now, counted := l.now(), l.counted(call, held)
	for _, a := range held.accounts {
		if unnamed(a.budget.Scope) && slices.Contains(l.budgets, a.budget) { // not one that was removed since
			a.add(now, call.Start.Add(max(call.Duration, 0)), l.opened, spending(counted), amount{})
			l.markChanged(a)
			alerts = append(alerts, a.alerts(now, unbounded(call, counted))...)
		}
	}
	return alerts
}
