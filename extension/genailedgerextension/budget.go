package genailedgerextension

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/spanottl"
)

// scopeAll is that of a budget of everybody together.
const scopeAll = "all"

// keyOf gives, by scope, whose budget a call uses; empty for a caller that is not known, who has none.
var keyOf = map[string]func(*genai.Call) string{
	"user":   func(c *genai.Call) string { return c.Caller.UserID },
	"team":   func(c *genai.Call) string { return c.Caller.Team },
	"app":    func(c *genai.Call) string { return c.Caller.App },
	"key":    func(c *genai.Call) string { return c.Caller.KeyHash },
	"model":  func(c *genai.Call) string { return c.RequestModel },
	scopeAll: func(*genai.Call) string { return scopeAll },
}

// budget is a configured budget, ready to be applied, with its accounts.
type budget struct {
	BudgetConfig
	window    window
	condition *spanottl.Condition // nil without one
	limit     amount              // 0 is no limit
	accounts  map[string]*account
	// begin and end are of the calendar's unit that was asked for last.
	begin, end time.Time
}

func newBudget(cfg BudgetConfig) (*budget, error) {
	w, err1 := parseWindow(cfg.Window, cfg.TimeZone)
	condition, err2 := spanottl.NewCondition(cfg.When)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("budget %q: %w", cfg.Name, err)
	}
	if cfg.Soft == 0 {
		cfg.Soft = softDefault
	}
	cfg.Match = bounded(cfg.Match)
	return &budget{
		BudgetConfig: cfg,
		window:       w,
		condition:    condition,
		limit:        amount{int64(genai.NanoUSDFrom(cfg.USD)), cfg.Tokens, cfg.Calls},
		accounts:     map[string]*account{},
	}, nil
}

// bounds gives the begin and end of the calendar's unit.
func (b *budget) bounds(now time.Time) (begin, end time.Time) {
	if now.Before(b.begin) || !now.Before(b.end) {
		b.begin, b.end = b.window.bounds(now)
	}
	return b.begin, b.end
}

// goesOn tells whether a window that began at a time goes on. One that rolls always does.
func (b *budget) goesOn(begin, now time.Time) bool {
	current, _ := b.bounds(now)
	return b.window.roll > 0 || current.Equal(begin)
}

// what tells whose spending of which calls and when the budget adds up. Budgets of which it is the same share accounts.
func (b *budget) what() string {
	return fmt.Sprintf("%q %q %q %q %q", b.Scope, b.Match, b.When, b.Window, b.TimeZone)
}

// key tells whose account of this budget a call uses; empty when the budget is not for it.
func (b *budget) key(call *genai.Call, fulfils Fulfils) string {
	key := bounded(keyOf[b.Scope](call))
	if key == "" || b.Match != "" && key != b.Match || b.condition != nil && !fulfils(b.condition) {
		return ""
	}
	return key
}

// bounded gives what an account or conversation is known by, as rows have it. Not all of it has a bound before: the name of a model,
// the hash of a key and a derived id come as a span has them, and a storage takes no key of any length.
func bounded(name string) string {
	name, _ = genai.Shorten(name, genai.NameBytesMax)
	return name
}

// refusesUnpriced tells whether the budget refuses a call because it cannot tell what the call costs.
func (b *budget) refusesUnpriced(call *genai.Call) bool {
	return b.Unpriced == actionRefuse && b.limit.nano > 0 && !call.Cost.Known
}

// use is how much of one of a budget's limits is used, in that limit's unit. A share of 1 is all of it.
type use struct {
	share, value, limit float64
	unit                string
}

// String gives every digit, as nobody reads 1.235e+06 of 1e+05 tokens.
func (u use) String() string {
	digits := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return digits(u.value) + " of " + digits(u.limit) + " " + u.unit
}

// use gives what an amount uses of the limit of which it uses most.
func (b *budget) use(a amount) (most use) {
	for _, u := range [...]use{
		{value: float64(a.nano) / 1e9, limit: float64(b.limit.nano) / 1e9, unit: "USD"},
		{value: float64(a.tokens), limit: float64(b.limit.tokens), unit: "tokens"},
		{value: float64(a.calls), limit: float64(b.limit.calls), unit: "calls"},
	} {
		if u.limit <= 0 {
			continue
		}
		if u.share = u.value / u.limit; most.unit == "" || u.share > most.share {
			most = u
		}
	}
	return most
}

// usedUp tells whether an amount reaches one of the limits.
func (b *budget) usedUp(a amount) bool {
	return b.limit.nano > 0 && a.nano >= b.limit.nano ||
		b.limit.tokens > 0 && a.tokens >= b.limit.tokens ||
		b.limit.calls > 0 && a.calls >= b.limit.calls
}

const (
	// inFlightRetry is when to try again while calls in flight hold the rest of a budget back.
	inFlightRetry = time.Second
	// unpricedRetry is when to try again a call whose price may have been given by then.
	unpricedRetry = time.Minute
)

// refusal says why the budget does not let a call go ahead; nil when it does.
func (b *budget) refusal(a *account, call *genai.Call, now time.Time) *genai.Refusal {
	spent := a.total()
	whose := fmt.Sprintf("budget %q of %s %q", b.Name, b.Scope, a.key)
	if b.Scope == scopeAll {
		whose = fmt.Sprintf("budget %q of everybody", b.Name)
	}
	switch {
	case b.usedUp(spent):
		use := b.use(spent)
		return &genai.Refusal{
			Budget: b.Name, Reason: fmt.Sprintf("%s is used up: %s spent", whose, use),
			RetryAfter: a.retryAfter(now),
		}
	case b.usedUp(spent.plus(a.reserved)):
		use := b.use(spent.plus(a.reserved))
		return &genai.Refusal{
			Budget:     b.Name,
			Reason:     fmt.Sprintf("%s is held by calls in flight: with them up to %s", whose, use),
			RetryAfter: inFlightRetry,
		}
	case b.refusesUnpriced(call):
		return &genai.Refusal{
			Budget:     b.Name,
			Reason:     fmt.Sprintf("%s bounds dollars, and no price is known for model %q", whose, call.RequestModel),
			RetryAfter: unpricedRetry,
		}
	}
	return nil
}
