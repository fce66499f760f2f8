package genailedgerextension

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// settled accounts a call of a user that ended so long ago.
func settled(l *Ledger, at *clock, user string, tokens int64, ago time.Duration) []genai.Alert {
	call := callOf(user, tokens, 0)
	perToken{}.Account(call)
	call.Start = at.get().Add(-ago - time.Second)
	call.Duration = time.Second
	return l.Settle(0, call, modelIs(call))
}

// What comes late, as after an outage of whoever sent it, counts for the window in which it ended.
func TestCallsThatComeLateCountForTheirWindow(t *testing.T) {
	l, at := newTestLedger(t,
		BudgetConfig{Name: "hour", Scope: "user", Window: "hour", Tokens: 100, Action: "enforce"},
		BudgetConfig{Name: "rolling", Scope: "user", Window: "60m", Tokens: 100, Action: "enforce"})
	at.move(20 * time.Minute)
	settled(l, at, "ada", 50, 10*time.Minute)
	settled(l, at, "ada", 1000, 2*time.Hour)
	settled(l, at, "ada", 30, 30*time.Minute)
	require.EqualValues(t, 50, l.budgets[0].accounts["ada"].total().tokens)
	require.EqualValues(t, 80, l.budgets[1].accounts["ada"].total().tokens)
	at.move(31 * time.Minute) // the call of half an hour ago leaves the window that rolls
	_, refusal := l.Admit(callOf("ada", 1, 0))
	require.Nil(t, refusal)
	require.EqualValues(t, 50, l.budgets[1].accounts["ada"].total().tokens)
}

// Retry-After is when the call could go ahead: of several budgets the last to have room, of a window that rolls when
// enough has left it.
func TestRetryAfter(t *testing.T) {
	f := func(want time.Duration, budget string, budgets ...BudgetConfig) {
		t.Helper()
		for i := range budgets {
			budgets[i].Scope, budgets[i].Action = "user", "enforce"
		}
		l, at := newTestLedger(t, budgets...) // at 12:00:30
		settled(l, at, "ada", 60, 0)
		at.move(10 * time.Minute)
		settled(l, at, "ada", 60, 0)
		at.move(10 * time.Minute)
		_, refusal := l.Admit(callOf("ada", 1, 0))
		require.NotNil(t, refusal)
		require.Equal(t, budget, refusal.Budget)
		require.Equal(t, want, refusal.RetryAfter)
		at.move(refusal.RetryAfter - 1)
		_, refusal = l.Admit(callOf("ada", 1, 0))
		require.NotNil(t, refusal, "not before")
		at.move(1)
		_, refusal = l.Admit(callOf("ada", 1, 0))
		require.Nil(t, refusal, "then")
	}
	hour := BudgetConfig{Name: "hour", Window: "hour", Tokens: 100}
	day := BudgetConfig{Name: "day", Window: "day", Tokens: 120}
	rolling := BudgetConfig{Name: "rolling", Window: "1h", Tokens: 100}
	f(39*time.Minute+30*time.Second, "hour", hour)
	f(11*time.Hour+39*time.Minute+30*time.Second, "day", hour, day)
	f(11*time.Hour+39*time.Minute+30*time.Second, "day", day, hour)
	f(39*time.Minute+30*time.Second, "rolling", rolling) // the first 60 leave
	rolling.Tokens = 60
	f(49*time.Minute+30*time.Second, "rolling", rolling) // and the second
}

// A budget of dollars cannot bound calls without a known price. It says so, or refuses them.
func TestCallsWithoutAPrice(t *testing.T) {
	own := func(user string) *genai.Call {
		call := callOf(user, 5, 5)
		call.RequestModel = "own"
		return call
	}
	f := func(unpriced string, refused bool) {
		t.Helper()
		l, at := newTestLedger(t,
			BudgetConfig{Name: "usd", Scope: "user", Window: "day", USD: 1, Action: "enforce", Unpriced: unpriced},
			BudgetConfig{Name: "tokens", Scope: "user", Window: "day", Tokens: 1000, Action: "enforce"})
		_, refusal := l.Admit(own("ada"))
		if refused {
			require.Equal(t, &genai.Refusal{
				Budget: "usd", Reason: `budget "usd" of user "ada" bounds dollars, and no price is known for model "own"`,
				RetryAfter: time.Minute,
			}, refusal)
			_, refusal = l.Admit(callOf("ada", 1, 1))
		}
		require.Nil(t, refusal)
		var raised []string
		for range 3 {
			call := own("ada")
			call.Start = at.get()
			for _, alert := range l.Settle(0, call, nil) {
				raised = append(raised, alert.Budget+" "+alert.Kind+" "+alert.Severity)
			}
			at.move(10 * time.Hour)
		}
		require.Equal(t, []string{"usd unpriced ticket"}, raised, "once in a window")
		at.move(10 * time.Hour)
		unknown := own("ada")
		unknown.Usage = genai.Usage{}
		require.Empty(t, l.Settle(0, unknown, nil), "without usage it is not the price that is missing")
		require.Len(t, l.Settle(0, own("ada"), nil), 1)
	}
	f("", false)
	f("flag", false)
	f("refuse", true)
}

// A caller may demand any length of an answer: it reserves what a model can answer with at most.
func TestAbsurdDemandsReserveABoundedAmount(t *testing.T) {
	l, _ := newTestLedger(t, BudgetConfig{Name: "b", Scope: "team", Window: "day", Tokens: 1 << 40, Action: "enforce"})
	for _, demand := range []int64{worstTokensMax, worstTokensMax + 1, math.MaxInt64} {
		ticket, refusal := l.Admit(callOf("ada", 1, demand))
		require.Nil(t, refusal)
		require.EqualValues(t, 1+worstTokensMax, l.budgets[0].accounts["core"].reserved.tokens)
		l.Release(ticket)
	}
	require.Equal(t, amount{}, l.budgets[0].accounts["core"].reserved)
}

// What no call can have used does not turn into room, or into a user who is locked out.
func TestImpossibleTokensUseNothing(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 100, Action: "enforce"})
	f := func(tokens, want int64) {
		t.Helper()
		done := callOf("ada", tokens, tokens)
		done.Start = at.get()
		l.Settle(0, done, modelIs(done))
		require.Equal(t, want, l.budgets[0].accounts["ada"].total().tokens)
	}
	f(40, 80)
	f(math.MaxInt64, 80)
	f(genai.TokensMax+1, 80)
	f(genai.TokensMax, 80+2*genai.TokensMax)
}

// A span that has no end, or one before its start, is of a call all the same: its row ends as it begins.
func TestCallsWithoutAnEndCount(t *testing.T) {
	f := func(window string, ends time.Duration) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: window, Tokens: 100})
		call := callOf("ada", 40, 0)
		call.Start, call.Duration = at.get(), ends
		l.Settle(0, call, modelIs(call))
		require.Equal(t, int64(40), l.budgets[0].accounts["ada"].total().tokens)
	}
	f("day", -48*time.Hour)
	f("1h", -48*time.Hour)
	f("month", time.Unix(0, 0).Sub(time.Unix(1_800_000_000, 0))) // as of an end of 0
}

func TestBudgetsOfSomeCallsOnly(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 10, Action: "enforce", When: `span.name == "m"`})
	settled(l, at, "ada", 10, 0)
	_, refusal := l.Admit(callOf("ada", 1, 0))
	require.NotNil(t, refusal)
	other := callOf("ada", 1, 0)
	other.RequestModel = "other"
	_, refusal = l.Admit(other)
	require.Nil(t, refusal)
	l.loops.condition = l.budgets[0].condition
	for range 5 {
		other.PromptHash, other.ConversationID = 7, "c"
		require.Empty(t, l.Settle(0, other, modelIs(other)), "no loop is looked for")
	}
}

// A clock that was ahead when the Collector started, and was set right, leaves a rolling budget in force.
func TestRollingBudgetIsEnforcedAfterAClockWasSetBack(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "1h", Tokens: 100, Action: "enforce"})
	f := func(moved time.Duration, refused bool) {
		t.Helper()
		at.move(moved)
		refusal, _ := spend(l, at, "ada", 60)
		require.Equal(t, refused, refusal != nil)
	}
	f(0, false)
	f(-2*time.Hour, false)
	f(0, true)
	f(59*time.Minute, true)
	f(time.Minute, false)
}

// What was spent by a clock that was ahead counts for the window that it is set back to, also after a restart, instead of for none.
func TestCalendarBudgetIsEnforcedAfterAClockWasSetBack(t *testing.T) {
	f := func(back time.Duration, restart bool) {
		t.Helper()
		folder, at := t.TempDir(), &clock{now: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)}
		budgets := []BudgetConfig{{Name: "b", Scope: "user", Window: "hour", Tokens: 100, Action: "enforce"}}
		refused := func(l *Ledger) {
			t.Helper()
			_, refusal := l.Admit(callOf("ada", 1, 0))
			require.NotNil(t, refusal)
			require.LessOrEqual(t, refusal.RetryAfter, time.Hour)
			at.move(time.Hour)
			_, refusal = l.Admit(callOf("ada", 1, 0))
			require.Nil(t, refusal)
		}
		session(t, folder, at, budgets, func(l *Ledger) {
			settled(l, at, "ada", 100, 0)
			at.move(-back)
			if !restart {
				refused(l)
			}
		})
		if restart {
			session(t, folder, at, budgets, refused)
		}
	}
	for _, back := range []time.Duration{10 * time.Minute, 30 * time.Hour} {
		f(back, false)
		f(back, true)
	}
}
