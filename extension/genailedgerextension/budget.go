package genailedgerextension

import (
	"fmt"
	"time"

	"github.com/llmtap/llmtap/internal/genai"
)

// keyOf gives, by scope, whose budget a call uses; empty for a caller that is not known, who has none.
var keyOf = map[string]func(*genai.Call) string{
	"user":  func(c *genai.Call) string { return c.Caller.UserID },
	"team":  func(c *genai.Call) string { return c.Caller.Team },
	"app":   func(c *genai.Call) string { return c.Caller.App },
	"key":   func(c *genai.Call) string { return c.Caller.KeyHash },
	"model": func(c *genai.Call) string { return c.RequestModel },
	"all":   func(*genai.Call) string { return "all" },
}

// budget is a configured budget, ready to be applied.
type budget struct {
	BudgetConfig
	window window
	limit  amount // 0 is no limit
}

func newBudget(cfg BudgetConfig) (*budget, error) {
	w, err := parseWindow(cfg.Window)
	if err != nil {
		return nil, fmt.Errorf("budget %q: %w", cfg.Name, err)
	}
	if cfg.Soft == 0 {
		cfg.Soft = softDefault
	}
	return &budget{
		BudgetConfig: cfg,
		window:       w,
		limit:        amount{int64(genai.NanoUSDFrom(cfg.USD)), cfg.Tokens, cfg.Calls},
	}, nil
}

// key tells whose account of this budget a call uses; empty when the budget is not for it.
func (b *budget) key(call *genai.Call) string {
	key := keyOf[b.Scope](call)
	if b.Match != "" && key != b.Match {
		return ""
	}
	return key
}

// share is how much of the budget an amount uses, by the currency that is used most; 1 is all of it.
func (b *budget) share(a amount) (share, value, limit float64, unit string) {
	consider := func(value, limit float64, name string) {
		if limit > 0 && (unit == "" || value/limit > share) {
			share, unit = value/limit, name
		}
	}
	consider(float64(a.nano)/1e9, float64(b.limit.nano)/1e9, "USD")
	consider(float64(a.tokens), float64(b.limit.tokens), "tokens")
	consider(float64(a.calls), float64(b.limit.calls), "calls")
	switch unit {
	case "USD":
		value, limit = float64(a.nano)/1e9, float64(b.limit.nano)/1e9
	case "tokens":
		value, limit = float64(a.tokens), float64(b.limit.tokens)
	case "calls":
		value, limit = float64(a.calls), float64(b.limit.calls)
	}
	return share, value, limit, unit
}

// usedUp tells whether an amount reaches one of the limits.
func (b *budget) usedUp(a amount) bool {
	return b.limit.nano > 0 && a.nano >= b.limit.nano ||
		b.limit.tokens > 0 && a.tokens >= b.limit.tokens ||
		b.limit.calls > 0 && a.calls >= b.limit.calls
}

// inFlightRetry is when to try again while calls in flight hold the rest of a budget back.
const inFlightRetry = time.Second

func (b *budget) refusal(key string, spent, reserved amount, now time.Time) *genai.Refusal {
	if !b.usedUp(spent) {
		_, value, limit, unit := b.share(spent.plus(reserved))
		return &genai.Refusal{
			Budget: b.Name,
			Reason: fmt.Sprintf("budget %q of %s %q is held by calls in flight: with them up to %.4g of %.4g %s",
				b.Name, b.Scope, key, value, limit, unit),
			RetryAfter: inFlightRetry,
		}
	}
	_, end := b.window.bounds(now)
	_, value, limit, unit := b.share(spent)
	return &genai.Refusal{
		Budget:     b.Name,
		Reason:     fmt.Sprintf("budget %q of %s %q is used up: %.4g of %.4g %s spent", b.Name, b.Scope, key, value, limit, unit),
		RetryAfter: end.Sub(now),
	}
}
