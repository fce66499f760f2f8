package llmtapreceiver

import (
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// ledger says whether a call may go ahead. The gen_ai_ledger extension is one.
type ledger interface {
	Admit(*genai.Call) (ticket int64, refusal *genai.Refusal)
	Release(ticket int64)
}

func findLedger(host component.Host, id *component.ID) (ledger, error) {
	if id == nil {
		return nil, nil
	}
	found, ok := host.GetExtensions()[*id].(ledger)
	if !ok {
		return nil, fmt.Errorf("ledger: %q is no gen_ai_ledger extension; name it under service::extensions", id)
	}
	return found, nil
}

// admission asks the ledger before each call.
type admission struct {
	ledger  ledger
	decoder decoder
}

func newAdmission(l ledger, d *decoder) *admission {
	a := &admission{ledger: l, decoder: *d}
	a.decoder.content = false
	a.decoder.failed = func(string) {} // what cannot be read is counted when the call is recorded
	return a
}

// admit is the proxy's hook.
func (a *admission) admit(r *proxy.Request) *proxy.Refusal {
	if tellsServer(r.Method, r.Path) {
		return nil
	}
	ticket, refusal := a.ledger.Admit(a.worstCase(r))
	if refusal != nil {
		return &proxy.Refusal{
			Status: http.StatusTooManyRequests, Code: genai.ErrorBlockedByBudget,
			Message: refusal.Reason, RetryAfter: refusal.RetryAfter,
		}
	}
	r.Ticket = ticket
	return nil
}

// worstCase reads of a request who calls what, with an estimate of its input and the bound that it gives its output.
func (a *admission) worstCase(r *proxy.Request) *genai.Call {
	x := &exchange.Exchange{
		Upstream: r.Upstream, ServerAddress: r.ServerAddress, ServerPort: r.ServerPort, Method: r.Method, Target: r.Path,
		Request: exchange.Message{Header: r.Header, Body: r.Body, Size: int64(len(r.Body))}, Start: time.Now(),
	}
	call := new(genai.Call)
	a.decoder.common(x, call)
	a.decoder.guard(func() { a.decoder.body(x, new(exchange.Exchange), call) })
	call.Outcome, call.ErrorType = "", ""
	call.Usage = genai.Usage{Input: genai.Known(tokens.Estimate(r.Body)), Source: genai.UsageEstimated}
	if d := call.Detail; d != nil && d.MaxTokens.Known {
		call.Usage.Output = genai.Known(d.MaxTokens.N * int64(max(d.ChoiceCount, 1)))
	}
	return call
}
