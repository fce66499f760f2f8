package genailedgerextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// A call whose usage is not known costs what it had reserved, as far as a model was at work on it. Its row is left as it is.
func TestUsageThatIsNotKnown(t *testing.T) {
	const input, bound = 70, 30
	known, unknown := genai.Known, genai.Count{}
	f := func(want int64, call genai.Call) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 1 << 40, USD: 1e6, Action: "enforce"})
		ticket, refusal := l.Admit(callOf("ada", input, bound))
		require.Nil(t, refusal)
		call.Caller.UserID, call.RequestModel, call.Start = "ada", "m", at.get()
		before := call
		require.Empty(t, l.Settle(ticket, &call, nil))
		require.Equal(t, before, call)
		account := l.budgets[0].accounts["ada"]
		require.Equal(t, amount{nano: want * 1_000_000, tokens: want, calls: 1}, account.total())
		require.Equal(t, amount{}, account.reserved)
	}
	outcome := func(outcome genai.Outcome, class string, status int) genai.Call {
		return genai.Call{Operation: genai.OperationChat, Outcome: outcome, ErrorType: class, HTTPStatus: status}
	}
	f(input, outcome(genai.OutcomeClientAbort, genai.ErrorClientAbort, 0))
	f(input, outcome(genai.OutcomeTimeout, genai.ErrorTimeout, 504))
	f(input+bound, outcome(genai.OutcomeClientAbort, genai.ErrorClientAbort, 200))
	f(input+bound, outcome(genai.OutcomeUpstreamError, genai.ErrorStreamBroken, 200))
	f(input+bound, outcome(genai.OutcomeOK, "", 200)) // one of OpenAI's in the background, or not copied

	f(0, outcome(genai.OutcomeClientError, genai.ErrorContextLength, 400))
	f(0, outcome(genai.OutcomeUpstreamError, genai.ErrorServerError, 500))
	f(0, outcome(genai.OutcomeUpstreamError, genai.ErrorUpstreamUnavailable, 502))
	f(0, outcome(genai.OutcomeTapError, genai.ErrorTapError, 503))
	loads := outcome(genai.OutcomeOK, "", 200)
	loads.FinishReasons = []string{"load"}
	f(0, loads)
	speech := outcome(genai.OutcomeOK, "", 200)
	speech.Operation = genai.OperationSpeech
	f(0, speech)

	part := outcome(genai.OutcomeOK, "", 200)
	part.FinishReasons, part.ResponseTruncated = []string{"stop"}, true
	f(input+bound, part)
	part.Usage = genai.Usage{Input: known(5), Output: unknown, Source: genai.UsageReported}
	f(5+bound, part)
}

// Who lets the server search the web, or sends sound that nobody counts, pays for the tokens at least, and the budget is known to
// miss the rest.
func TestWhatHasNoCountIsNotFree(t *testing.T) {
	testWhatHasNoCountIsNotFree(t, genai.Usage{Input: genai.Known(5), Output: genai.Known(7), HostedTools: true}, "hosted_tools")
	testWhatHasNoCountIsNotFree(t, genai.Usage{Input: genai.Known(5), Output: genai.Known(7)}, "unknown")
}

func testWhatHasNoCountIsNotFree(t *testing.T, usage genai.Usage, source string) {
	t.Helper()
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", USD: 1e6, Action: "enforce"})
	ticket, refusal := l.Admit(callOf("ada", 70, 30))
	require.Nil(t, refusal)
	call := genai.Call{
		Caller: genai.Caller{UserID: "ada"}, RequestModel: "m", Start: at.get(), Operation: genai.OperationChat, Outcome: genai.OutcomeOK,
		FinishReasons: []string{"stop"}, Usage: usage, Cost: genai.Cost{Source: source, PriceVersion: "1"},
	}
	alerts := l.Settle(ticket, &call, nil)
	require.Len(t, alerts, 1)
	require.Equal(t, "unpriced", alerts[0].Kind)
	require.Equal(t, amount{nano: 12_000_000, tokens: 12, calls: 1}, l.budgets[0].accounts["ada"].total())
}

// What was charged for unknown usage is in no row, and hides nothing of what others have spent.
func TestUsageThatIsNotKnownHidesNoStoredSpending(t *testing.T) {
	f := func(window string, length time.Duration) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: window, Tokens: 1 << 40, Action: "enforce"})
		b := l.budgets[0]
		learn := func(known amount, want amount) {
			t.Helper()
			begin, _ := b.bounds(at.get())
			l.learn(b, map[string]amount{"ada": known}, begin, at.get())
			require.Equal(t, want, b.accounts["ada"].total())
		}
		ticket, refusal := l.Admit(callOf("ada", 50, 0))
		require.Nil(t, refusal)
		l.Settle(ticket, &genai.Call{Caller: genai.Caller{UserID: "ada"}, RequestModel: "own", Start: at.get(), Outcome: genai.OutcomeClientAbort}, nil)
		learn(amount{tokens: 30, calls: 1}, amount{tokens: 80, calls: 2})
		at.move(time.Minute)
		learn(amount{tokens: 30, calls: 2}, amount{tokens: 80, calls: 2})
		at.move(length)
		learn(amount{tokens: 20, calls: 1}, amount{tokens: 20, calls: 1})
	}
	f("10m", 10*time.Minute)
	f("hour", time.Hour)
}

// What was charged for unknown usage is in no row after a restart either.
func TestStorageKnowsWhatIsInNoRow(t *testing.T) {
	f := func(window string, length time.Duration) {
		t.Helper()
		folder := t.TempDir()
		at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
		budgets := []BudgetConfig{{Name: "b", Scope: "user", Window: window, Tokens: 1 << 40, Action: "enforce"}}
		learn := func(l *Ledger, known, want amount) {
			t.Helper()
			begin, _ := l.budgets[0].bounds(at.get())
			l.learn(l.budgets[0], map[string]amount{"ada": known}, begin, at.get())
			require.Equal(t, want, l.budgets[0].accounts["ada"].total())
		}
		session(t, folder, at, budgets, func(l *Ledger) {
			ticket, refusal := l.Admit(callOf("ada", 50, 0))
			require.Nil(t, refusal)
			l.Settle(ticket, &genai.Call{Caller: genai.Caller{UserID: "ada"}, RequestModel: "own", Start: at.get(), Outcome: genai.OutcomeClientAbort}, nil)
		})
		at.move(time.Minute)
		for range 2 {
			session(t, folder, at, budgets, func(l *Ledger) {
				learn(l, amount{tokens: 30, calls: 2}, amount{tokens: 80, calls: 2})
				settled(l, at, "bob", 1, 0)
			})
		}
		session(t, folder, at, budgets, func(l *Ledger) {
			at.move(length)
			learn(l, amount{tokens: 20, calls: 1}, amount{tokens: 20, calls: 1})
		})
	}
	f("10m", 10*time.Minute)
	f("hour", time.Hour)
}

// A budget that only raises alerts reserves nothing, and neither does a call that was never admitted.
func TestUsageThatIsNotKnownWithoutAReservation(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 100})
	ticket, _ := l.Admit(callOf("ada", 70, 30))
	l.Settle(ticket, &genai.Call{Caller: genai.Caller{UserID: "ada"}, Start: at.get(), Outcome: genai.OutcomeClientAbort}, nil)
	require.Equal(t, amount{calls: 1}, l.budgets[0].accounts["ada"].total())

	enforced := BudgetConfig{Name: "e", Scope: "user", Window: "day", Tokens: 1000, Action: "enforce"}
	l, at = newTestLedger(t, BudgetConfig{Name: "b", Scope: "team", Window: "day", Tokens: 100}, enforced)
	ticket, _ = l.Admit(callOf("ada", 70, 30))
	l.Settle(ticket, &genai.Call{Caller: genai.Caller{UserID: "ada", Team: "core"}, RequestModel: "own", Start: at.get(), Outcome: genai.OutcomeClientAbort}, nil)
	require.Equal(t, amount{tokens: 70, calls: 1}, l.budgets[0].accounts["core"].total(), "what one has reserved, all are charged")
}

// A budget is charged what the server states of the cost, as the call's row is, however little is known of its tokens.
func TestCostThatTheServerStatesIsCharged(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", USD: 1e6, Action: "enforce"})
	ticket, refusal := l.Admit(callOf("ada", 70, 30))
	require.Nil(t, refusal)
	call := genai.Call{
		Operation: genai.OperationChat, Outcome: genai.OutcomeClientAbort, ErrorType: genai.ErrorClientAbort, HTTPStatus: 200,
		Cost: genai.Cost{Amount: 924_000, Known: true, Source: genai.CostReported},
	}
	call.Caller.UserID, call.RequestModel, call.Start = "ada", "m", at.get()
	require.Empty(t, l.Settle(ticket, &call, nil))
	require.EqualValues(t, 924_000, l.budgets[0].accounts["ada"].total().nano)
}
