package genai

import "time"

// Refusal is why a ledger does not let a call go ahead.
type Refusal struct {
	// Budget is the name of the budget that is used up.
	Budget string
	// Reason says it to the caller: whose budget, how much of it is spent.
	Reason string
	// RetryAfter is when the budget may have room again.
	RetryAfter time.Duration
}

// Alert is what a ledger notices when a call is accounted.
type Alert struct {
	// Kind is budget_soft, budget_hard, burn_rate or loop.
	Kind string
	// Severity is info, ticket or page.
	Severity string
	// Budget is the budget's name; empty for a loop.
	Budget string
	// Scope and Key say whose it is: user and ada, conversation and its id.
	Scope, Key string
	// Value was measured and passed Limit; Unit is theirs.
	Value, Limit float64
	Unit         string
}
