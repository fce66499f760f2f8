package genailedgerextension

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/genai"
)

// Accountant names the caller of a call and prices it. The gen_ai processor is one.
type Accountant interface {
	Account(*genai.Call)
}

// Ledger knows what everybody has spent.
type Ledger struct {
	cfg       *Config
	logger    *zap.Logger
	telemetry *telemetry
	now       func() time.Time
	budgets   []*budget
	store     *store // nil without one
	restored  bool   // the store was read at the start

	mu           sync.Mutex
	accountant   Accountant
	accounts     []map[string]*account // by budget
	count        int
	reservations map[int64]*reservation
	loops        *loops

	stop chan struct{}
	work sync.WaitGroup
}

// reservation holds back the worst case of a call in flight.
type reservation struct {
	accounts []*account
	amount   amount
	since    time.Time
}

func newLedger(cfg *Config, set component.TelemetrySettings, now func() time.Time) (*Ledger, error) {
	l := &Ledger{cfg: cfg, logger: set.Logger, now: now, reservations: map[int64]*reservation{}, stop: make(chan struct{})}
	var errs []error
	for _, c := range cfg.Budgets {
		b, err := newBudget(c)
		errs = append(errs, err)
		l.budgets = append(l.budgets, b)
		l.accounts = append(l.accounts, map[string]*account{})
	}
	var err error
	l.loops, err = newLoops(cfg.Loop)
	errs = append(errs, err)
	l.telemetry, err = newTelemetry(set)
	errs = append(errs, err)
	return l, errors.Join(errs...)
}

// Start implements component.Component.
func (l *Ledger) Start(ctx context.Context, _ component.Host) error {
	if l.cfg.Store.Endpoint != "" && len(l.budgets) > 0 {
		var err error
		if l.store, err = openStore(&l.cfg.Store, l.cfg.AccountsMax); err != nil {
			return err
		}
		l.restored = l.sync(ctx, l.now())
	}
	l.work.Go(l.run)
	return nil
}

// Dependencies implements extensioncapabilities.Dependent.
func (l *Ledger) Dependencies() []component.ID {
	if l.cfg.Store.Extension == nil {
		return nil
	}
	return []component.ID{*l.cfg.Store.Extension}
}

// Shutdown implements component.Component.
func (l *Ledger) Shutdown(context.Context) error {
	select {
	case <-l.stop:
		return nil
	default:
		close(l.stop)
	}
	l.work.Wait()
	if l.store != nil {
		return l.store.close()
	}
	return nil
}

// run reads the store and frees forgotten reservations from time to time.
func (l *Ledger) run() {
	interval := l.cfg.Store.Interval
	if l.store != nil && !l.restored {
		interval = min(interval, restoreInterval)
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l.work.Go(func() { <-l.stop; cancel() })
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
			l.expire()
			if l.store != nil && l.sync(ctx, l.settledUntil()) {
				tick.Reset(l.cfg.Store.Interval)
			}
		}
	}
}

// restoreInterval is how often a store is asked that was away at the start.
const restoreInterval = time.Second

// Use gives the ledger the rules by which calls are accounted. Until then every call is admitted.
func (l *Ledger) Use(a Accountant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accountant = a
}

// Admit asks whether a call may go ahead, and if so reserves its worst case in every enforced budget until Settle is
// called with the ticket. The call's usage holds an estimate of its input and the bound of its output, if it has one.
func (l *Ledger) Admit(call *genai.Call) (ticket int64, refusal *genai.Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.accountant == nil {
		return 0, nil
	}
	if !call.Usage.Output.Known {
		call.Usage.Output = genai.Known(l.cfg.OutputTokens)
	}
	l.accountant.Account(call)
	now := l.now()
	held := &reservation{amount: spending(call), since: now}
	for i, b := range l.budgets {
		key := b.key(call)
		if b.Action != actionEnforce || key == "" {
			continue
		}
		a := l.account(i, key, now)
		if b.usedUp(a.total().plus(a.reserved)) {
			l.telemetry.refused(b.Name)
			return 0, b.refusal(key, a.total(), a.reserved, now)
		}
		held.accounts = append(held.accounts, a)
	}
	if len(held.accounts) == 0 {
		return 0, nil
	}
	for _, a := range held.accounts {
		a.reserved = a.reserved.plus(held.amount)
	}
	ticket = rand.Int64N(1<<62) + 1 // random, so that a ticket of another process means nothing here
	l.reservations[ticket] = held
	return ticket, nil
}

// Settle accounts a finished call, gives back what it had reserved, and tells what it brought about.
func (l *Ledger) Settle(ticket int64, call *genai.Call) []genai.Alert {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(ticket)
	if call.Outcome == genai.OutcomeRefused {
		return nil
	}
	now := l.now()
	spent, end := spending(call), call.Start.Add(call.Duration)
	alerts := l.loops.check(call)
	for i, b := range l.budgets {
		if key := b.key(call); key != "" {
			a := l.account(i, key, now)
			a.add(now, end, spent)
			alerts = append(alerts, a.alerts(now)...)
		}
	}
	for _, alert := range alerts {
		l.telemetry.alerted(alert)
		l.logger.Warn("ledger: "+alert.Kind, zap.String("severity", alert.Severity), zap.String("budget", alert.Budget),
			zap.String("scope", alert.Scope), zap.String("key", alert.Key), zap.Float64("value", alert.Value),
			zap.Float64("limit", alert.Limit), zap.String("unit", alert.Unit))
	}
	return alerts
}

// Release gives back what a call had reserved that is never accounted.
func (l *Ledger) Release(ticket int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(ticket)
}

func (l *Ledger) giveBack(ticket int64) {
	held, ok := l.reservations[ticket]
	if !ok {
		return
	}
	delete(l.reservations, ticket)
	for _, a := range held.accounts {
		a.reserved = a.reserved.minus(held.amount)
	}
}

// expire gives back reservations whose account never came: their call was not recorded.
func (l *Ledger) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for ticket, held := range l.reservations {
		if now.Sub(held.since) >= l.cfg.ReservationTimeout {
			l.giveBack(ticket)
			l.telemetry.expired()
		}
	}
}

// spending is what a call uses of a budget. What is not known counts as nothing.
func spending(call *genai.Call) amount {
	spent := amount{calls: 1}
	if call.Cost.Known {
		spent.nano = int64(call.Cost.Amount)
	}
	for _, n := range []genai.Count{call.Usage.Input, call.Usage.Output} {
		if n.Known {
			spent.tokens += n.N
		}
	}
	return spent
}

// account gives the account of a budget's key at the current time.
func (l *Ledger) account(budget int, key string, now time.Time) *account {
	accounts := l.accounts[budget]
	if a, ok := accounts[key]; ok {
		a.advance(now)
		return a
	}
	if l.count >= l.cfg.AccountsMax {
		l.evict()
	}
	a := newAccount(l.budgets[budget], key, l.cfg.Store.Lag, now)
	accounts[key] = a
	l.count++
	return a
}

// evictSample is among how many accounts the smallest gives way.
const evictSample = 16

// evict drops the account that uses the least of its budget among some that hold no reservation.
func (l *Ledger) evict() {
	var in map[string]*account
	var least *account
	leastShare := 0.0
	for _, accounts := range l.accounts {
		seen := 0
		for _, a := range accounts {
			if a.reserved != (amount{}) {
				continue
			}
			if share, _, _, _ := a.budget.share(a.total()); least == nil || share < leastShare {
				in, least, leastShare = accounts, a, share
			}
			if seen++; seen == evictSample {
				break
			}
		}
	}
	if least == nil {
		return
	}
	delete(in, least.key)
	l.count--
	l.telemetry.evicted(leastShare)
}
