package genailedgerextension

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/spanottl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// perToken prices every token at a tenth of a cent, unless the model is "own", and takes the caller as it is.
type perToken struct{}

func (perToken) Account(call *genai.Call) Fulfils {
	if call.RequestModel != "own" {
		call.Cost = genai.Cost{Amount: genai.NanoUSD(1_000_000 * (call.Usage.Input.N + call.Usage.Output.N)), Known: true}
	}
	return modelIs(call)
}

// modelIs gives what is fulfilled by a span that has only a name, the model's.
func modelIs(call *genai.Call) Fulfils {
	return func(condition *spanottl.Condition) bool {
		span := ptrace.NewSpan()
		span.SetName(call.RequestModel)
		ok, err := condition.Eval(context.Background(), ottlspan.NewTransformContext(ptrace.NewResourceSpans(), ptrace.NewScopeSpans(), span))
		return ok && err == nil
	}
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) get() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newTestLedger(t *testing.T, budgets ...BudgetConfig) (*Ledger, *clock) {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Budgets = budgets
	require.NoError(t, cfg.Validate())
	at := &clock{now: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}
	l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), at.get)
	require.NoError(t, err)
	l.Use(processorID, perToken{})
	return l, at
}

func callOf(user string, input, output int64) *genai.Call {
	return &genai.Call{
		Caller: genai.Caller{UserID: user, Team: "core"}, RequestModel: "m",
		Usage: genai.Usage{Input: genai.Known(input), Output: genai.Known(output)},
	}
}

// spend admits and settles a call; it gives the refusal or the kinds of the alerts.
func spend(l *Ledger, at *clock, user string, tokens int64) (*genai.Refusal, []string) {
	ticket, refusal := l.Admit(callOf(user, tokens, 0))
	if refusal != nil {
		return refusal, nil
	}
	done := callOf(user, tokens, 0)
	done.Start = at.get()
	perToken{}.Account(done)
	var kinds []string
	for _, alert := range l.Settle(ticket, done, modelIs(done)) {
		kinds = append(kinds, alert.Kind+" "+alert.Severity)
	}
	return nil, kinds
}

func TestEnforcedBudget(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "daily", Scope: "user", Window: "day", Tokens: 100, Action: "enforce"})
	f := func(user string, tokens int64, alerts ...string) {
		t.Helper()
		refusal, kinds := spend(l, at, user, tokens)
		require.Nil(t, refusal)
		require.Equal(t, alerts, kinds)
	}
	f("ada", 79)
	f("ada", 1, "budget_soft ticket")
	f("ada", 19)
	f("ada", 1, "budget_hard page")
	refusal, _ := spend(l, at, "ada", 1)
	require.Equal(t, "daily", refusal.Budget)
	require.Equal(t, `budget "daily" of user "ada" is used up: 100 of 100 tokens spent`, refusal.Reason)
	require.Equal(t, 11*time.Hour+59*time.Minute+30*time.Second, refusal.RetryAfter)
	f("bob", 1)
	at.move(12 * time.Hour)
	f("ada", 1)
}

// A caller reads 1234567 of 100000 tokens, not 1.235e+06 of 1e+05.
func TestRefusalSaysNumbersInFull(t *testing.T) {
	f := func(want string, budget BudgetConfig) {
		t.Helper()
		budget.Name, budget.Scope, budget.Window, budget.Action = "b", "user", "day", "enforce"
		l, at := newTestLedger(t, budget)
		refusal, _ := spend(l, at, "ada", 1_234_567)
		require.Nil(t, refusal)
		refusal, _ = spend(l, at, "ada", 1)
		require.Contains(t, refusal.Reason, want)
	}
	f("is used up: 1234567 of 100000 tokens spent", BudgetConfig{Tokens: 100_000})
	f("is used up: 1234.567 of 1000.25 USD spent", BudgetConfig{USD: 1000.25})
	f("is used up: 1234.567 of 0.000001 USD spent", BudgetConfig{USD: 0.000001})
	l, _ := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 12_000, Action: "enforce"})
	_, refusal := l.Admit(callOf("ada", 12_345, 0))
	require.Nil(t, refusal)
	_, refusal = l.Admit(callOf("ada", 0, 0))
	require.Contains(t, refusal.Reason, "with them up to 12345 of 12000 tokens")
}

func TestRefusalByTheBudgetOfEverybody(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "all", Window: "day", Calls: 1, Action: "enforce"})
	refusal, _ := spend(l, at, "ada", 1)
	require.Nil(t, refusal)
	refusal, _ = spend(l, at, "bob", 1)
	require.Equal(t, `budget "b" of everybody is used up: 1 of 1 calls spent`, refusal.Reason)
}

func TestMatchedBudgetIsForOneOnly(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{
		Name: "core", Scope: "team", Match: "core", Window: "month", USD: 0.001, Action: "enforce",
	})
	refusal, _ := spend(l, at, "ada", 1)
	require.Nil(t, refusal)
	refusal, _ = spend(l, at, "bob", 1)
	require.NotNil(t, refusal)
	other := callOf("eve", 1, 1)
	other.Caller.Team = "other"
	_, refusal = l.Admit(other)
	require.Nil(t, refusal)
}

func TestFlaggedBudgetRefusesNothing(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "all", Window: "hour", Calls: 2})
	_, first := spend(l, at, "ada", 1)
	require.Empty(t, first)
	refusal, second := spend(l, at, "ada", 1)
	require.Nil(t, refusal)
	require.Equal(t, []string{"budget_hard page"}, second)
	refusal, third := spend(l, at, "ada", 1)
	require.Nil(t, refusal)
	require.Empty(t, third)
}

func TestReservations(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "1h", Tokens: 5000, Action: "enforce"})
	first, refusal := l.Admit(&genai.Call{Caller: genai.Caller{UserID: "ada"}, Usage: genai.Usage{Input: genai.Known(904)}})
	require.Nil(t, refusal)
	_, refusal = l.Admit(callOf("ada", 1, 1))
	require.Equal(t, &genai.Refusal{
		Budget: "b", Reason: `budget "b" of user "ada" is held by calls in flight: with them up to 5000 of 5000 tokens`,
		RetryAfter: time.Second,
	}, refusal, "904 and the 4096 that an unbounded answer may have are reserved")
	l.Release(first)
	second, refusal := l.Admit(callOf("ada", 5000, 0))
	require.Nil(t, refusal)
	at.move(15*time.Minute - 1)
	l.expire()
	_, refusal = l.Admit(callOf("ada", 1, 1))
	require.NotNil(t, refusal)
	at.move(1)
	l.expire()
	_, refusal = l.Admit(callOf("ada", 1, 1))
	require.Nil(t, refusal)
	late := callOf("ada", 10, 0)
	late.Start = at.get()
	l.Settle(second, late, nil) // its reservation is gone already
	require.EqualValues(t, 10, l.budgets[0].accounts["ada"].total().tokens)
}

// Whoever demands more than a call can have holds back the most, not nothing.
func TestReservationOfImpossiblyManyAnswers(t *testing.T) {
	l, _ := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "1h", Tokens: 5000, Action: "enforce"})
	demanding := callOf("ada", 1, genai.TokensMax)
	demanding.NewDetail().ChoiceCount = 128 * 33
	ticket, refusal := l.Admit(demanding)
	require.Nil(t, refusal)
	_, refusal = l.Admit(callOf("ada", 1, 1))
	require.NotNil(t, refusal)
	l.Release(ticket)
	_, refusal = l.Admit(callOf("ada", 1, 1))
	require.Nil(t, refusal)
}

func TestRefusedCallsCostNothing(t *testing.T) {
	l, _ := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "1h", Calls: 5})
	refused := callOf("ada", 1, 1)
	refused.Outcome = genai.OutcomeRefused
	l.Settle(0, refused, nil)
	require.Empty(t, l.budgets[0].accounts)
}

// No budget refuses them, so they may not use one up for calls that it does refuse; and who polls is in no loop.
func TestCallsThatMakeNoModelWorkUseNothing(t *testing.T) {
	l, _ := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "1h", Calls: 5})
	for _, operation := range []genai.Operation{genai.OperationFetchResponse, genai.OperationCancelResponse, genai.OperationCountTokens} {
		for range 20 {
			call := callOf("ada", 0, 0)
			call.Operation, call.ConversationID, call.ToolCallHash = operation, "c", 1
			require.Empty(t, l.Settle(0, call, nil))
		}
	}
	require.Empty(t, l.budgets[0].accounts)
}

// Many calls at once spend no more than the cap and one call's worst case, and none is refused while there is room.
func TestManyCallsAtOnce(t *testing.T) {
	const calls, worst, limit = 1000, 10, 3000
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: limit, Action: "enforce"})
	var mu sync.Mutex
	var wg sync.WaitGroup
	refused, unsettled := 0, make(chan func(), calls)
	for i := range calls {
		wg.Go(func() {
			ticket, refusal := l.Admit(callOf("ada", 0, worst))
			mu.Lock()
			defer mu.Unlock()
			if refusal != nil {
				refused++
				return
			}
			unsettled <- func() {
				done := callOf("ada", 0, int64(1+i%worst))
				done.Start = at.get()
				l.Settle(ticket, done, nil)
			}
		})
	}
	wg.Wait()
	require.Equal(t, calls-limit/worst, refused, "exactly what is reserved goes ahead")
	for range limit / worst {
		(<-unsettled)()
	}
	spent := l.budgets[0].accounts["ada"].total().tokens
	require.Less(t, spent, int64(limit))
	require.Equal(t, amount{}, l.budgets[0].accounts["ada"].reserved)
	for spent < limit {
		refusal, _ := spend(l, at, "ada", worst)
		require.Nil(t, refusal, "there is room")
		spent += worst
	}
	refusal, _ := spend(l, at, "ada", worst)
	require.NotNil(t, refusal)
	require.LessOrEqual(t, l.budgets[0].accounts["ada"].total().tokens, int64(limit+worst))
}

func TestAccountsAreBounded(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Tokens: 1000})
	l.cfg.AccountsMax = 100
	spend(l, at, "heavy", 999)
	for i := range 10_000 {
		spend(l, at, fmt.Sprint(i), 1)
	}
	require.Len(t, l.budgets[0].accounts, 100)
	require.Equal(t, 100, l.count)
	require.EqualValues(t, 999, l.budgets[0].accounts["heavy"].total().tokens)
}

func TestBurnRate(t *testing.T) {
	// 0.0144 dollars a minute burn a budget of 1.44 dollars a day 14.4 times too fast.
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", USD: 1.44})
	var raised []string
	for range 80 {
		at.move(time.Minute)
		_, kinds := spend(l, at, "ada", 15)
		raised = append(raised, kinds...)
	}
	require.Equal(t, []string{"burn_rate page", "budget_soft ticket"}, raised)
}

// A client whose acknowledgement was lost delivers its spans again, and the store keeps each call once.
func TestCallThatIsDeliveredAgainIsPaidOnce(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "user", Window: "day", Calls: 2, Action: "enforce"})
	first := callOf("u1", 1, 1)
	first.Start = at.get()
	first.TraceID, first.SpanID = pcommon.TraceID{1}, pcommon.SpanID{1}
	fulfils := perToken{}.Account(first)
	for range 3 {
		l.Settle(0, first, fulfils)
	}
	ticket, refusal := l.Admit(callOf("u1", 1, 1))
	require.Nil(t, refusal)

	second := *first
	second.SpanID = pcommon.SpanID{2}
	l.Settle(ticket, &second, fulfils)
	_, refusal = l.Admit(callOf("u1", 1, 1))
	require.NotNil(t, refusal)
}

// A log that blocks, as a full pipe does, keeps no call from being admitted.
func TestAlertsAreLoggedWithoutTheLock(t *testing.T) {
	l, at := newTestLedger(t, BudgetConfig{Name: "b", Scope: "all", Window: "hour", Calls: 1})
	core, _ := observer.New(zap.WarnLevel)
	logging, logged := make(chan struct{}), make(chan struct{})
	l.logger = zap.New(core, zap.Hooks(func(zapcore.Entry) error {
		close(logging)
		<-logged
		return nil
	}))
	var settled sync.WaitGroup
	settled.Go(func() { spend(l, at, "ada", 1) })
	<-logging
	free := l.mu.TryLock()
	if free {
		l.mu.Unlock()
	}
	close(logged)
	settled.Wait()
	require.True(t, free)
}

func TestReservationsEndInTimeHoweverSeldomTheStoreIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := createDefaultConfig().(*Config)
		cfg.Store.Interval, cfg.ReservationTimeout = 24*time.Hour, time.Minute
		cfg.Budgets = []BudgetConfig{{Name: "b", Scope: "user", Window: "day", Calls: 1, Action: "enforce"}}
		l, err := newLedger(cfg, component.MustNewID("gen_ai_ledger"), componenttest.NewNopTelemetrySettings(), time.Now)
		require.NoError(t, err)
		l.Use(processorID, perToken{})
		require.NoError(t, l.Start(t.Context(), componenttest.NewNopHost()))
		_, refusal := l.Admit(callOf("ada", 1, 0))
		require.Nil(t, refusal)
		time.Sleep(2 * time.Minute)
		_, refusal = l.Admit(callOf("ada", 1, 0))
		require.Nil(t, refusal)
		require.NoError(t, l.Shutdown(t.Context()))
	})
}
