package genailedgerextension

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// A million users with a hundredth of the accounts, all but a few of whom call once: nobody is taken to have spent more than
// they did, what is missed is bounded by what an account has spent on average, and nothing is missed of those who spend
// much from the beginning.
func TestAMillionUsers(t *testing.T) {
	const users, accounts, heavy = usersMax, usersMax / 100, 50
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 1 << 40})
	l.cfg.AccountsMax = accounts
	r := rand.New(rand.NewPCG(21, 22))
	truth := make([]int64, users)
	var total int64
	spend := func(user int, most int64) {
		tokens := r.Int64N(most)
		settled(l, at, strconv.Itoa(user), tokens, 0)
		truth[user] += tokens
		total += tokens
	}
	for i := range users {
		spend(i, 1000)
		if i%4 == 0 { // the heavy ones, of whom half begin when all accounts are taken
			spend(users-1-i/4%heavy-i/(users/2)*heavy, 10_000)
		}
	}
	perAccount := float64(total) / accounts
	require.Equal(t, accounts, l.count)
	require.Len(t, l.budgets[0].accounts, accounts)
	for user, spent := range truth {
		var known int64
		if a := l.budgets[0].accounts[strconv.Itoa(user)]; a != nil {
			known = a.total().tokens
		}
		missed := float64(spent - known)
		require.GreaterOrEqual(t, missed, 0.0, "never too much")
		require.LessOrEqual(t, missed, perAccount)
		if user >= users-heavy {
			require.Zero(t, missed)
			require.Greater(t, float64(spent), 4*perAccount)
		}
	}
}

// What was spent in a window that has ended keeps no account, and who has a call in flight keeps theirs.
func TestAccountsOfAnEndedWindowGiveWay(t *testing.T) {
	const accounts = 100
	f := func(window string) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: window, Tokens: 1 << 30, Action: "enforce"})
		l.cfg.AccountsMax = accounts
		for i := range 2 * accounts {
			settled(l, at, "old-"+strconv.Itoa(i), 1000, 0)
		}
		at.move(24 * time.Hour)
		ticket, refusal := l.Admit(callOf("flying", 1, 1))
		require.Nil(t, refusal)
		for i := range 2 * accounts {
			settled(l, at, "heavy", 10, 0)
			settled(l, at, "new-"+strconv.Itoa(i), 1, 0)
		}
		require.Equal(t, accounts, l.count)
		require.EqualValues(t, 2*accounts*10, l.budgets[0].accounts["heavy"].total().tokens)
		require.NotZero(t, l.budgets[0].accounts["flying"].reserved)
		for user := range l.budgets[0].accounts {
			require.NotContains(t, user, "old", window)
		}
		l.Release(ticket)
		for i := range 2 * accounts {
			settled(l, at, "more-"+strconv.Itoa(i), 5, 0)
		}
		require.NotContains(t, l.budgets[0].accounts, "flying")
		require.Len(t, l.budgets[0].accounts, accounts)
	}
	f("day")
	f("1h")
}

// An account that a call needs for one budget does not take the place of the one that it needs for another.
func TestAccountsOfOneCallLeaveEachOtherTheirPlace(t *testing.T) {
	l, at := newTestLedger(t,
		BudgetConfig{Name: "large", Scope: "user", Window: "day", Tokens: 1000, Action: "enforce"},
		BudgetConfig{Name: "small", Scope: "user", Window: "day", Tokens: 100, Action: "enforce"})
	l.cfg.AccountsMax = 2
	settled(l, at, "before", 90, 0)
	_, refusal := l.Admit(callOf("ada", 60, 40))
	require.Nil(t, refusal)
	require.EqualValues(t, 100, l.budgets[0].accounts["ada"].reserved.tokens)
	require.EqualValues(t, 100, l.budgets[1].accounts["ada"].reserved.tokens)
	_, refusal = l.Admit(callOf("ada", 60, 40))
	require.NotNil(t, refusal)
	require.EqualValues(t, 100, l.budgets[0].accounts["ada"].reserved.tokens, "a call that is refused reserves nothing")
}

// inUse is the memory in use.
func inUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// What an account needs, by its window.
func TestMemoryOfAnAccount(t *testing.T) {
	f := func(window string, most uint64) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: window, USD: 1000})
		const n = 50_000
		before := inUse()
		for i := range n {
			settled(l, at, "user-"+strconv.Itoa(i), 1, 0)
		}
		used := (inUse() - before) / n
		require.LessOrEqual(t, used, most, window)
		require.Equal(t, n, l.count)
		t.Logf("an account with a window of %s needs %d bytes", window, used)
	}
	f("day", 700)
	f("24h", 2300)
}

// A span may come from anybody, with names of any length, or cut from a text of any length.
func TestMemoryOfNames(t *testing.T) {
	const calls, most = 64, 8 << 20
	f := func(scope string, name func(call *genai.Call, long string)) {
		t.Helper()
		l, _ := newTestLedger(t, BudgetConfig{Name: "b", Scope: scope, Window: "day", Tokens: 1000})
		before := inUse()
		for i := range calls {
			call := genai.Call{PromptHash: 1, ToolCallHash: 2, Caller: genai.Caller{UserID: "ada"}}
			name(&call, strconv.Itoa(i)+strings.Repeat("x", 1<<20))
			l.Settle(0, &call, nil)
		}
		require.Less(t, inUse(), before+most)
		runtime.KeepAlive(l)
	}
	f("model", func(call *genai.Call, long string) { call.RequestModel = long })
	f("key", func(call *genai.Call, long string) { call.Caller.KeyHash = long })
	f("all", func(call *genai.Call, long string) { call.DerivedConversationID = long })
	f("user", func(call *genai.Call, long string) { call.Caller.UserID = long[:4] })
	f("all", func(call *genai.Call, long string) { call.ConversationID, call.Caller.App = long[:4], long[1:4] })
}
