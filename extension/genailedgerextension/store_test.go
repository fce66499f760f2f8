package genailedgerextension

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/clickhouseembeddedtest"
	"github.com/llmtap/llmtap/internal/genai"
)

// The columns of the exporter's table that the ledger reads.
const callsTable = `CREATE TABLE llmtap.calls (ts DateTime64(6, 'UTC'), duration_us UInt64, outcome LowCardinality(String),
	operation LowCardinality(String), user_id String, team LowCardinality(String), app LowCardinality(String), key_hash String,
	model_requested LowCardinality(String),
	input_tokens Nullable(UInt32), output_tokens Nullable(UInt32), cost_usd Nullable(Decimal(18, 9)))
	ENGINE = MergeTree ORDER BY ts`

// startStore gives a store without calls, and what executes statements in it.
func startStore(t *testing.T) (address string, execute func(sql string)) {
	t.Helper()
	address = clickhouseembeddedtest.Start(t)
	conn := clickhouseembeddedtest.Connect(t, address)
	execute = func(sql string) {
		t.Helper()
		require.NoError(t, conn.Exec(t.Context(), sql))
	}
	execute("CREATE DATABASE llmtap")
	execute(callsTable)
	return address, execute
}

func TestSpendingComesFromTheStore(t *testing.T) {
	address, execute := startStore(t)
	execute(`INSERT INTO llmtap.calls VALUES
		('2026-11-22 23:59:59', 500000, 'ok', 'chat', 'ada', 'core', '', '', 'm', 1000, 1, 1),
		('2026-11-22 23:59:59', 2000000, 'ok', 'chat', 'ada', 'core', '', '', 'm', 10, NULL, 0.000000001),
		('2026-11-23 11:00:00', 1, 'ok', 'chat', 'ada', 'core', '', '', 'm', 20, 30, 2.5),
		('2026-11-23 11:00:00', 1, 'ok', 'count_tokens', 'ada', 'core', '', '', 'm', NULL, NULL, 0),
		('2026-11-23 11:00:00', 1, 'ok', 'fetch_response', 'ada', 'core', '', '', 'm', NULL, NULL, 0),
		('2026-11-23 11:00:00', 1, 'ok', 'cancel_response', 'ada', 'core', '', '', 'm', NULL, NULL, 0),
		('2026-11-23 11:00:00', 1, 'refused', 'chat', 'ada', 'core', '', '', 'm', 900, 900, 9),
		('2026-11-23 11:00:00', 1, 'ok', 'chat', 'bob', 'core', '', '', 'm', 1, 1, NULL),
		('2026-11-23 11:00:00', 1, 'ok', 'chat', '', 'core', '', '', 'm', 7, 7, 1)`)

	open := func(at *clock) *Ledger {
		cfg := createDefaultConfig().(*Config)
		cfg.Store.Endpoint, cfg.Store.Interval = "http://"+address, time.Hour
		cfg.Budgets = []BudgetConfig{
			{Name: "user", Scope: "user", Window: "day", USD: 3, Action: "enforce"},
			{Name: "team", Scope: "team", Match: "core", Window: "month", USD: 100},
			{Name: "all", Scope: "all", Window: "24h", USD: 100},
		}
		l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
		require.NoError(t, err)
		l.Use(processorID, perToken{})
		require.NoError(t, l.Start(context.Background(), componenttest.NewNopHost()))
		t.Cleanup(func() { require.NoError(t, l.Shutdown(context.Background())) })
		return l
	}
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	l := open(at)
	require.Equal(t, amount{2_500_000_001, 60, 2}, l.budgets[0].accounts["ada"].total())
	require.Equal(t, amount{0, 2, 1}, l.budgets[0].accounts["bob"].total())
	require.Equal(t, amount{4_500_000_001, 1077, 5}, l.budgets[1].accounts["core"].total())
	require.Equal(t, amount{4_500_000_001, 1077, 5}, l.budgets[2].accounts["all"].total())

	// 0.6 dollars more use the budget up; a second Collector learns of it once it is stored and old enough.
	refusal, _ := spend(l, at, "ada", 600)
	require.Nil(t, refusal)
	refusal, _ = spend(l, at, "ada", 1)
	require.NotNil(t, refusal)
	other := open(at)
	execute("INSERT INTO llmtap.calls VALUES ('2026-11-23 12:00:00', 0, 'ok', 'chat', 'ada', 'core', '', '', 'm', 600, 0, 0.6)")
	refusal, _ = spend(other, at, "ada", 100)
	require.Nil(t, refusal)
	at.move(time.Minute)
	other.sync(context.Background(), other.settledUntil())
	refusal, _ = spend(other, at, "ada", 1)
	require.NotNil(t, refusal)

	// The first one knows its own call already, and counts it once.
	before := l.budgets[0].accounts["ada"].total()
	l.sync(context.Background(), l.settledUntil())
	require.Equal(t, before, l.budgets[0].accounts["ada"].total())
}

// A server has the time zone of its machine unless it is given one, as the embedded engine has when it is loaded.
func TestSpendingComesFromAStoreInAnyTimeZone(t *testing.T) {
	f := func(zone string) {
		t.Helper()
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^(TestSpendingComesFromTheStore|TestSeveralCollectorsConverge)$")
		again.Env = append(os.Environ(), "TZ="+zone)
		said, err := again.CombinedOutput()
		require.NoError(t, err, "%s: %s", zone, said)
	}
	f("America/New_York")
	f("Asia/Kolkata")
}

// Directories name users with backslashes: DOMAIN\name.
func TestSpendingOfAnyNameComesFromTheStore(t *testing.T) {
	address, execute := startStore(t)
	for _, name := range []string{`CORP\ada`, `CORP\new`, `a'b`, "a\tb", `\N`, `a"b`, `{a}`} {
		execute("INSERT INTO llmtap.calls SELECT '2026-11-23 11:00:00', 1, 'ok', 'chat', unhex('" +
			fmt.Sprintf("%x", name) + "'), '', '', '', 'm', 20, 30, 2.5")
		cfg := createDefaultConfig().(*Config)
		cfg.Store.Endpoint, cfg.Store.Interval = "http://"+address, time.Hour
		cfg.Budgets = []BudgetConfig{{Name: "user", Scope: "user", Match: name, Window: "day", USD: 3}}
		at := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
		l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
		require.NoError(t, err)
		require.NoError(t, l.Start(t.Context(), componenttest.NewNopHost()))
		require.NoError(t, l.Shutdown(t.Context()))
		require.Contains(t, l.budgets[0].accounts, name)
		require.Equal(t, amount{2_500_000_000, 50, 1}, l.budgets[0].accounts[name].total(), name)
	}
}

// Spans of SDKs may name anything a model. The ledger knows it by what the exporter's row has.
func TestModelsAreKnownByTheNamesOfTheirRows(t *testing.T) {
	f := func(name string) {
		t.Helper()
		row, _ := genai.Shorten(name, 1024)
		l := ledgerWith(t, &clock{now: time.Now()}, func(cfg *Config) {
			cfg.Budgets = []BudgetConfig{
				{Name: "each", Scope: "model", Window: "day", USD: 3},
				{Name: "one", Scope: "model", Match: row, Window: "day", USD: 3},
			}
		})
		l.Settle(0, &genai.Call{RequestModel: name, Start: time.Now()}, nil)
		require.Contains(t, l.budgets[0].accounts, row)
		require.Contains(t, l.budgets[1].accounts, row)
	}
	f("m\xff")
	f(strings.Repeat("m", 1025))
}

// Three Collectors spend at once, and the store gets their calls late and in no order. When it has them all, each knows
// what all have spent, to the last nano-dollar, as does one that starts then.
func TestSeveralCollectorsConverge(t *testing.T) {
	address, execute := startStore(t)
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	open := func() *Ledger {
		cfg := createDefaultConfig().(*Config)
		cfg.Store.Endpoint, cfg.Store.Interval = "http://"+address, time.Hour
		cfg.Budgets = []BudgetConfig{
			{Name: "day", Scope: "user", Window: "day", USD: 1e6}, {Name: "rolling", Scope: "team", Window: "2h", Tokens: 1e12},
		}
		l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
		require.NoError(t, err)
		l.Use(processorID, perToken{})
		require.NoError(t, l.Start(context.Background(), componenttest.NewNopHost()))
		t.Cleanup(func() { require.NoError(t, l.Shutdown(context.Background())) })
		return l
	}
	r := rand.New(rand.NewPCG(31, 32))
	ledgers := []*Ledger{open(), open(), open()}
	truth, team := map[string]amount{}, amount{}
	var waiting []string // rows that the store has not got yet
	for round := range 40 {
		at.move(20 * time.Second)
		for range r.IntN(8) {
			user, tokens := string(rune('a'+r.IntN(5))), r.Int64N(1000)
			call := callOf(user, tokens, 0)
			perToken{}.Account(call)
			call.Cost.Amount += genai.NanoUSD(r.Int64N(1000)) // to the last nano-dollar
			call.Start = at.get().Add(-time.Duration(r.Int64N(int64(time.Minute)))).Truncate(time.Microsecond)
			ledgers[r.IntN(len(ledgers))].Settle(0, call, nil)
			spent := spending(call)
			truth[user], team = truth[user].plus(spent), team.plus(spent)
			waiting = append(waiting, fmt.Sprintf("('%s', 0, 'ok', 'chat', '%s', 'core', '', '', 'm', %d, 0, %s)",
				dateTime(call.Start), user, tokens, decimal.New(int64(call.Cost.Amount), -9)))
		}
		r.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		stored := len(waiting)
		if round < 39 {
			stored = r.IntN(len(waiting) + 1)
		}
		if stored > 0 {
			execute("INSERT INTO llmtap.calls VALUES " + strings.Join(waiting[:stored], ", "))
			waiting = waiting[stored:]
		}
		l := ledgers[r.IntN(len(ledgers))]
		require.True(t, l.sync(context.Background(), l.settledUntil()))
		for user, a := range l.budgets[0].accounts {
			require.LessOrEqual(t, a.total().nano, truth[user].nano, "never more than was spent")
		}
	}
	at.move(time.Minute)
	for _, l := range append(ledgers, open()) {
		require.True(t, l.sync(context.Background(), l.settledUntil()))
		for user, spent := range truth {
			require.Equal(t, spent, l.budgets[0].accounts[user].total(), user)
		}
		require.Equal(t, team, l.budgets[1].accounts["core"].total())
	}
}

func TestStoreThatIsAwayStopsNothing(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Store.Endpoint = "http://127.0.0.1:1"
	cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Tokens: 10, Action: "enforce"}}
	at := &clock{now: time.Unix(1_800_000_000, 0)}
	l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
	require.NoError(t, err)
	l.Use(processorID, perToken{})
	require.NoError(t, l.Start(context.Background(), componenttest.NewNopHost()))
	refusal, _ := spend(l, at, "ada", 10)
	require.Nil(t, refusal)
	refusal, _ = spend(l, at, "ada", 1)
	require.NotNil(t, refusal)
	require.NoError(t, l.Shutdown(context.Background()))
	require.NoError(t, l.Shutdown(context.Background()))
}

// What the store told of a window that rolls leaves it in time, also when the store cannot be asked again.
func TestStoredSpendingLeavesAWindowThatRolls(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "10m", Tokens: 100, Action: "enforce"})
	b := l.budgets[0]
	begin, _ := b.bounds(at.get())
	l.learn(b, map[string]amount{"ada": {tokens: 100}}, begin, at.get())
	f := func(after, retryAfter time.Duration) {
		t.Helper()
		at.move(after)
		refusal, _ := spend(l, at, "ada", 60)
		if retryAfter == 0 {
			require.Nil(t, refusal)
			return
		}
		require.NotNil(t, refusal)
		require.Equal(t, retryAfter, refusal.RetryAfter)
	}
	f(0, 10*time.Minute)
	f(9*time.Minute, time.Minute)
	f(time.Minute, 0)
	f(0, 0)
	f(9*time.Minute, time.Minute) // by its own meter, in steps of 10 seconds
}

// What was spent just before a window began is none of it, though the store does not know it yet.
func TestWindowBeginsEmptyBesideTheStore(t *testing.T) {
	f := func(window string, before time.Time) {
		t.Helper()
		l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: window, Tokens: 100, Action: "enforce"})
		at.move(before.Sub(at.get()))
		refusal, _ := spend(l, at, "ada", 90)
		require.Nil(t, refusal)
		at.move(15 * time.Second)
		refusal, _ = spend(l, at, "ada", 20)
		require.Nil(t, refusal)
		begin, _ := l.budgets[0].bounds(at.get())
		l.learn(l.budgets[0], nil, begin, at.get())
		require.Equal(t, int64(20), l.budgets[0].accounts["ada"].total().tokens)
	}
	f("day", time.Date(2026, 11, 23, 23, 59, 50, 0, time.UTC))
	f("minute", time.Date(2026, 11, 23, 12, 0, 50, 0, time.UTC))
	f("10s", time.Date(2026, 11, 23, 12, 0, 50, 0, time.UTC))
}

// What the store was asked for before a window began, or before the budgets were read again, comes too late.
func TestStoreAnswersTooLate(t *testing.T) {
	minutely := BudgetConfig{Name: "b", Scope: "user", Window: "minute", Tokens: 100, Action: "enforce"}
	l, at := newTestLedger(t, minutely)
	asked, b := at.get(), l.budgets[0]
	begin, _ := b.bounds(asked)
	at.move(time.Minute)
	refusal, _ := spend(l, at, "ada", 30)
	require.Nil(t, refusal)
	l.learn(b, map[string]amount{"ada": {tokens: 99}}, begin, asked)
	refusal, _ = spend(l, at, "ada", 1)
	require.Nil(t, refusal)
	require.Equal(t, int64(31), b.accounts["ada"].total().tokens)

	begin, _ = b.bounds(at.get())
	minutely.Tokens = 50
	budgets, err := newBudgets([]BudgetConfig{minutely})
	require.NoError(t, err)
	l.replace(budgets)
	l.learn(b, map[string]amount{"bob": {tokens: 60}}, begin, at.get())
	require.NotContains(t, l.budgets[0].accounts, "bob", "an account of the budget of before")
}
