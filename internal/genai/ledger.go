package genai

import "time"

// Refusal says why the ledger refuses a call.
type Refusal struct {
	// Budget is the name of the budget that is used up.
	Budget string
	// Reason is for the caller to read: whose budget, and how much of it is spent.
	Reason string
	// RetryAfter is the time until the budget may have room again.
	RetryAfter time.Duration
}

// Alert is something that the ledger noticed while it accounted for a call.
type Alert struct {
	// Kind is budget_soft, budget_hard, burn_rate, unpriced or loop.
	Kind string
	// Severity is ticket or page.
	Severity string
	// Budget is the budget's name; empty for a loop.
	Budget string
	// Scope and Key say whose alert it is: user and ada, or conversation and its id.
	Scope, Key string
	// Value is what was measured, Limit what it is compared with, both in Unit.
	Value, Limit float64
	Unit         string
}
