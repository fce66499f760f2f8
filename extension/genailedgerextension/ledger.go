package genailedgerextension

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/delivered"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/reload"
	"github.com/llmtap/llmtap/internal/spanottl"
)

// Accountant names the caller of a call and prices it. The gen_ai processor is one.
type Accountant interface {
	// Account does so with a call that has not been made yet, and gives what conditions are put to.
	Account(*genai.Call) Fulfils
}

// Fulfils tells whether a call fulfils a condition.
type Fulfils func(*spanottl.Condition) bool

// Ledger knows what everybody has spent.
type Ledger struct {
	cfg        *Config
	id         component.ID
	logger     *zap.Logger
	telemetry  *telemetry
	now        func() time.Time
	store      *store         // nil without one
	opened     time.Time      // when the store was asked first
	restored   bool           // the store was read at the start
	client     storage.Client // nil without a storage
	unsaved    bool           // the last attempt to save failed
	reload     reload.Reloader
	accountant atomic.Pointer[Accountant]
	attached   atomic.Bool // a receiver asks before its calls

	mu           sync.Mutex
	processors   map[component.ID]Accountant
	budgets      []*budget
	count        int // of the budgets' accounts
	reservations map[int64]*reservation
	// smallest is nil until accounts give way, swept the one of it that was looked at last.
	smallest smallest
	swept    int
	loops    *loops
	settled  *delivered.Spans
	// changed are accounts that the storage has not got yet, by their key there; nil is one that gave way.
	changed map[string]*account

	stop chan struct{}
	work sync.WaitGroup
}

// reservation holds back the worst case of a call in flight.
type reservation struct {
	accounts []*account
	usage    genai.Usage
	amount   amount // of the usage
	since    time.Time
}

func (r *reservation) giveBack() {
	for _, a := range r.accounts {
		a.reserved = a.reserved.minus(r.amount)
	}
}

func newLedger(cfg *Config, id component.ID, set component.TelemetrySettings, now func() time.Time) (*Ledger, error) {
	l := &Ledger{
		cfg: cfg, id: id, logger: set.Logger, now: now, processors: map[component.ID]Accountant{}, reservations: map[int64]*reservation{},
		changed: map[string]*account{}, settled: delivered.New(), stop: make(chan struct{}),
	}
	var err1, err2, err3 error
	l.loops, err1 = newLoops(cfg.Loop)
	l.telemetry, err2 = newTelemetry(set)
	l.budgets, err3 = newBudgets(cfg.Budgets)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	l.reload = reload.Reloader{Interval: cfg.ReloadInterval, Logger: set.Logger, Tried: l.telemetry.reloads}
	if cfg.BudgetsFile != "" {
		l.reload.Files = []*reload.File{{Kind: "budgets_file", Path: cfg.BudgetsFile, Take: l.take}}
	}
	return l, l.reload.First()
}

// Use gives the ledger the rules by which a processor accounts for calls. Until then every call is admitted. Of several processors the one
// that is configured is asked before a call: the tap does not know which its spans will pass.
func (l *Ledger) Use(processor component.ID, a Accountant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processors[processor] = a
	asked := l.processors[l.asked()]
	l.accountant.Store(&asked)
}

// asked gives the processor that is configured, if it is there, or else the first by name.
func (l *Ledger) asked() (first component.ID) {
	for id := range l.processors {
		if l.cfg.Processor != nil && id == *l.cfg.Processor {
			return id
		}
		if first == (component.ID{}) || id.String() < first.String() {
			first = id
		}
	}
	return first
}

// Attach tells that a receiver will ask before its calls.
func (l *Ledger) Attach() { l.attached.Store(true) }

// worstTokensMax bounds what an answer reserves: no model gives more at once, and a caller may demand anything.
const worstTokensMax = 1 << 20

// worstOutput is of all answers that the call asks for, at most what spending counts.
func (l *Ledger) worstOutput(call *genai.Call) genai.Count {
	each, answers := call.Usage.Output, 1
	if !each.Known {
		each.N = l.cfg.OutputTokens
	}
	if call.Detail != nil {
		answers = max(call.Detail.ChoiceCount, 1)
	}
	return genai.Known(min(min(each.N, worstTokensMax)*int64(answers), genai.TokensMax))
}

// Admit asks whether a call may go ahead, and if so reserves its worst case in every enforced budget until Settle is
// called with the ticket. The call's usage holds an estimate of its input and the bound of each answer, if it has one.
// Of several budgets that refuse it, the one that does so for longest is named.
func (l *Ledger) Admit(call *genai.Call) (ticket int64, refusal *genai.Refusal) {
	accountant := l.accountant.Load()
	if accountant == nil {
		return 0, nil
	}
	call.Usage = asText(call.Usage)
	call.Usage.Output = l.worstOutput(call)
	fulfils := (*accountant).Account(call)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	held := &reservation{usage: call.Usage, amount: spending(call), since: now}
	for _, b := range l.budgets {
		if b.Action != actionEnforce {
			continue
		}
		key := b.key(call, fulfils)
		if key == "" {
			continue
		}
		a := l.account(b, key, now)
		if r := b.refusal(a, call, now); r != nil && (refusal == nil || r.RetryAfter > refusal.RetryAfter) {
			refusal = r
		}
		a.reserved = a.reserved.plus(held.amount) // from now on, so that it does not give way to the next budget's
		held.accounts = append(held.accounts, a)
	}
	if refusal != nil {
		held.giveBack()
		l.telemetry.refused(refusal.Budget)
		return 0, refusal
	}
	if len(held.accounts) == 0 {
		return 0, nil
	}
	ticket = rand.Int64N(1<<62) + 1 // random, so that a ticket of another process means nothing here
	l.reservations[ticket] = held
	return ticket, nil
}

// Settle accounts a finished call, gives back what it had reserved, and tells what it brought about. A call that is delivered again is
// paid already; one that makes no model work is not asked about before, and uses nothing.
func (l *Ledger) Settle(ticket int64, call *genai.Call, fulfils Fulfils) []genai.Alert {
	alerts := l.charge(ticket, call, fulfils)
	l.raise(alerts)
	return alerts
}

// raise logs and counts alerts. It is called without the lock: a log may block, and Admit waits for the lock.
func (l *Ledger) raise(alerts []genai.Alert) {
	for _, alert := range alerts {
		l.telemetry.alerted(alert)
		l.logger.Warn("ledger: "+alert.Kind, zap.String("severity", alert.Severity), zap.String("budget", alert.Budget),
			zap.String("scope", alert.Scope), zap.String("key", alert.Key), zap.Float64("value", alert.Value),
			zap.Float64("limit", alert.Limit), zap.String("unit", alert.Unit))
	}
}

func (l *Ledger) charge(ticket int64, call *genai.Call, fulfils Fulfils) (alerts []genai.Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.giveBack(ticket)
	if call.Outcome == genai.OutcomeRefused || call.Operation.NoModelWork() || l.settled.Again(call.TraceID, call.SpanID) {
		return nil
	}
	now, counted := l.now(), l.counted(call, held)
	spent, inRow := spending(counted), spending(call)
	end := call.Start.Add(max(call.Duration, 0)) // as a row has it; spans of SDKs may end before they start, or never
	if l.loops.condition == nil || fulfils(l.loops.condition) {
		alerts = l.loops.check(call)
	}
	for _, b := range l.budgets {
		if key := b.key(call, fulfils); key != "" {
			a := l.account(b, key, now)
			a.add(now, end, l.opened, spent, inRow)
			l.markChanged(a)
			alerts = append(alerts, a.alerts(now, unbounded(call, counted))...)
		}
	}
	return alerts
}

// Release gives back what a call had reserved that is never accounted.
func (l *Ledger) Release(ticket int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(ticket)
}

// giveBack ends a reservation and gives what it held; nil if there is none of that ticket.
func (l *Ledger) giveBack(ticket int64) *reservation {
	held := l.reservations[ticket]
	if held != nil {
		delete(l.reservations, ticket)
		held.giveBack()
	}
	return held
}

// expire gives back reservations whose account never came: their call was not recorded.
func (l *Ledger) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for ticket, held := range l.reservations {
		if now.Sub(held.since) >= l.cfg.ReservationTimeout {
			l.giveBack(ticket)
			l.telemetry.expirations.Add(1)
		}
	}
}

// unpriced tells a call whose price is not known from one whose usage is not.
func unpriced(call *genai.Call) bool {
	return !call.Cost.Known && (call.Usage.Input.Known || call.Usage.Output.Known)
}

// unbounded tells whether a call, as it is and as it is charged, cost what no budget bounds.
func unbounded(call, counted *genai.Call) bool {
	return unpriced(counted) || unpriced(call) && incomplete(call)
}

// spending is what a call uses of a budget. What is not known, or not possible, counts as nothing.
func spending(call *genai.Call) amount {
	spent := amount{calls: 1}
	if call.Cost.Known {
		spent.nano = int64(call.Cost.Amount)
	}
	for _, n := range []genai.Count{call.Usage.Input, call.Usage.Output} {
		if n.Known && n.N <= genai.TokensMax {
			spent.tokens += n.N
		}
	}
	return spent
}

// run does what has to be done from time to time, until the shutdown.
func (l *Ledger) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l.work.Go(func() { <-l.stop; cancel() })
	interval := l.cfg.Store.Interval
	if l.store != nil && !l.restored {
		interval = min(interval, restoreInterval)
	}
	look, save := time.NewTicker(interval), time.NewTicker(saveInterval)
	defer look.Stop()
	defer save.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-save.C:
			l.expire()
			l.save(ctx)
		case <-look.C:
			if l.store != nil && l.sync(ctx, l.settledUntil()) {
				look.Reset(l.cfg.Store.Interval)
			}
		}
	}
}

// restoreInterval is how often a store is asked that was away at the start.
const restoreInterval = time.Second
