package genailedgerextension

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/processor/genaiprocessor/pricebook"
)

// A budget that was removed while a call was in flight is charged nothing: it would raise alerts, and be saved in the place of another that
// has its name.
func TestRepeatedCallOfABudgetThatWasRemoved(t *testing.T) {
	daily := BudgetConfig{Name: "b", Scope: "user", Window: "day", Calls: 1, Action: "enforce"}
	hourly := daily
	hourly.Window = "hour"
	f := func(want int, budgets ...BudgetConfig) {
		t.Helper()
		l, at := newTestLedger(t, daily)
		ticket, refusal := l.Admit(callOf("ada", 1, 1))
		require.Nil(t, refusal)
		replaced, err := newBudgets(budgets)
		require.NoError(t, err)
		l.replace(replaced)
		call := callOf("ada", 1, 1)
		call.Start, call.Outcome = at.get(), genai.OutcomeOK
		require.Len(t, l.chargeRepeated(ticket, call, func(string) bool { return true }), want)
	}
	f(1, daily)
	f(0)
	f(0, hourly)
}

// As with a call that the tap reports first, what the server's own tools cost is bounded by no budget, which says so.
func TestRepeatedCallWithHostedTools(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", USD: 1e6, Action: "enforce"})
	call := func() *genai.Call {
		c := callOf("ada", 1, 1)
		c.Start, c.Outcome, c.FinishReasons = at.get(), genai.OutcomeOK, []string{"stop"}
		c.Usage.HostedTools = true
		c.Cost = genai.Cost{Source: pricebook.SourceHostedTools, PriceVersion: "v"}
		return c
	}
	ticket, refusal := l.Admit(callOf("ada", 1, 1))
	require.Nil(t, refusal)
	alerts := l.chargeRepeated(ticket, call(), func(string) bool { return true })
	require.Len(t, alerts, 1)
	require.Equal(t, "unpriced", alerts[0].Kind)
	require.Positive(t, l.budgets[0].accounts["ada"].total().nano)
}
