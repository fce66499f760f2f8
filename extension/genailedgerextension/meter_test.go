package genailedgerextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// A span from anywhere may say that a call cost millions. However many do, their sum does not run over, which would make a budget that is
// used up an empty one.
func TestSumsOfSpendingDoNotRunOver(t *testing.T) {
	f := func(window string) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: window, USD: 100, Action: "enforce"})
		const most = 1 << 52  // that a span can say
		for range 1<<11 + 1 { // 2^63 in all
			call := callOf("ada", 1, 1)
			call.Start, call.Cost = at.get(), genai.Cost{Amount: most, Known: true}
			l.Settle(0, call, nil)
		}
		require.Positive(t, l.budgets[0].accounts["ada"].total().nano)
		_, refusal := l.Admit(callOf("ada", 1, 1))
		require.NotNil(t, refusal)
		at.move(2 * time.Hour)
		if _, refusal = l.Admit(callOf("ada", 1, 1)); window == "1h" { // and what has left a window takes no more along than it brought
			require.Nil(t, refusal)
			require.Zero(t, l.budgets[0].accounts["ada"].total())
		}
	}
	f("day")
	f("1h")
}

// A machine without a battery for its clock begins in 1970, until it has asked for the time.
func TestClockThatHasJustBegun(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "1h", Calls: 1, Action: "enforce"})
	at.move(time.Unix(30, 0).Sub(at.get()))
	call := callOf("ada", 1, 1)
	call.Start = at.get()
	l.Settle(0, call, nil)
	_, refusal := l.Admit(callOf("ada", 1, 1))
	require.NotNil(t, refusal)
	require.Equal(t, time.Hour, refusal.RetryAfter.Round(time.Minute))
	require.Len(t, l.budgets[0].accounts["ada"].saved().Slots, 1)
}
