package genaiprocessor

import "github.com/llmtap/llmtap/internal/genai"

// unnamed are those of a caller, by scopes of budgets, of whom a call's span says nothing.
type unnamed uint8

const (
	unnamedUser unnamed = 1 << iota
	unnamedTeam
	unnamedApp
	unnamedKey
)

func unnamedOf(c *genai.Caller) (u unnamed) {
	for i, name := range [...]string{c.UserID, c.Team, c.App, c.KeyHash} {
		if name == "" {
			u |= unnamedUser << i
		}
	}
	return u
}

// in tells whether nobody is named in a scope.
func (u unnamed) in(scope string) bool {
	switch scope {
	case "user":
		return u&unnamedUser != 0
	case "team":
		return u&unnamedTeam != 0
	case "app":
		return u&unnamedApp != 0
	case "key":
		return u&unnamedKey != 0
	}
	return false
}

// name takes note of whom the span of a call that counts does not name. The tap's names all that budgets admitted.
func (d *duplicates) name(c *genai.Call) {
	u := unnamedOf(&c.Caller)
	if u == 0 || isTap(c) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := spanKey(c.TraceID, c.SpanID, familyOf(c.Operation))
	if v, ok := d.verdicts.Get(key); ok {
		v.unnamed = u
		d.verdicts.Put(key, v)
	}
}

// unnamed tells whom the span that counts for a call does not name.
func (d *duplicates) unnamed(c *genai.Call) unnamed {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, _ := d.verdicts.Get(spanKey(c.TraceID, c.SpanID, familyOf(c.Operation)))
	return v.unnamed
}
