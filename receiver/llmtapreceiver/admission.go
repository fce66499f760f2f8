package llmtapreceiver

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// ledger says whether a call may go ahead. The gen_ai_ledger extension is one.
type ledger interface {
	// Attach tells that it will be asked.
	Attach()
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
	// unpacking has room for the compressed requests that are read at once: a small one may take all of plain_body_bytes.
	unpacking chan struct{}
}

func newAdmission(l ledger, d *decoder) *admission {
	a := &admission{ledger: l, decoder: *d, unpacking: make(chan struct{}, runtime.GOMAXPROCS(0))}
	a.decoder.content = false
	a.decoder.failed = func(string) {} // what cannot be read is counted when the call is recorded
	return a
}

// admit is the proxy's hook.
func (a *admission) admit(r *proxy.Request) *proxy.Refusal {
	if !a.decoder.isCall(a.exchange(r)) {
		return nil
	}
	call := a.worstCase(r)
	if call.Operation.NoModelWork() {
		return nil
	}
	ticket, refusal := a.ledger.Admit(call)
	if refusal != nil {
		return &proxy.Refusal{
			Status: http.StatusTooManyRequests, Code: genai.ErrorBlockedByBudget,
			Message: refusal.Reason, Cause: refusal.Budget, RetryAfter: refusal.RetryAfter,
		}
	}
	r.Ticket = ticket
	return nil
}

// exchange is a request as the decoder reads it.
func (a *admission) exchange(r *proxy.Request) *exchange.Exchange {
	return &exchange.Exchange{
		Upstream: r.Upstream, ServerAddress: r.ServerAddress, ServerPort: r.ServerPort, Method: r.Method, Target: r.Target,
		Request: exchange.Message{
			Header: r.Header, Body: r.Body, Size: max(r.BodySize, int64(len(r.Body))), Truncated: r.BodySize != int64(len(r.Body)),
		},
		Start: time.Now(),
	}
}

// worstCase reads of a request who calls what, with an estimate of its input and the bound that it gives each answer.
func (a *admission) worstCase(r *proxy.Request) *genai.Call {
	x, plain, call := a.exchange(r), new(exchange.Exchange), new(genai.Call)
	coded := len(x.Request.Get("content-encoding")) > 0
	if coded {
		a.unpacking <- struct{}{}
		defer func() { <-a.unpacking }()
	}
	a.decoder.common(x, call)
	if !a.decoder.guard(func() { a.decoder.body(x, plain, call) }) {
		call.NewDetail() // what was read of the bounds may be wrong
	}
	body := jsonscan.InUTF8(r.Body)
	if coded && len(plain.Request.Body) > 0 {
		body = plain.Request.Body
	}
	call.Outcome, call.ErrorType = "", ""
	call.Usage = genai.Usage{Input: genai.Known(worstInput(x, body, call)), Source: genai.UsageEstimated}
	if hasCacheControl(body) { // what goes into Anthropic's cache costs more
		call.Usage.CacheWrite, call.Usage.CacheWriteLong = call.Usage.Input, call.Usage.Input
	}
	switch op := call.Operation; {
	case op.NoOutput():
		call.Usage.Output = genai.Known(0)
	case op == genai.OperationScore, op == genai.OperationDecision: // some make a token for each
		call.Usage.Output = genai.Known(int64(call.Turn))
	case op == genai.OperationTextCompletion: // each prompt has answers of its own
		call.Detail.ChoiceCount = max(call.Detail.ChoiceCount, call.Detail.BestOf, 1) * max(call.Turn, 1)
	}
	if d := call.Detail; d != nil && d.MaxTokens.Known && d.MaxTokens.N != genai.Unbounded && !call.Usage.Output.Known {
		call.Usage.Output = d.MaxTokens
	}
	return call
}

// hasCacheControl looks for the rarer part first: a search for what begins with a quote is slow in JSON.
func hasCacheControl(body []byte) bool {
	return bytes.Contains(body, []byte(`_control"`)) && bytes.Contains(body, []byte(`"cache_control"`))
}

const (
	// imageTokens is what an image counts as: about the most that the models of OpenAI and Anthropic make of one.
	imageTokens = 1600
	// mediaBytesPerToken is less than what sound and documents, as base64 text, have of a token.
	mediaBytesPerToken = 40
)

// worstInput estimates the input by its body without content coding, of one that is not all there by the part that is. A
// client may announce any size.
func worstInput(x *exchange.Exchange, body []byte, call *genai.Call) int64 {
	if len(body) == 0 {
		return tokens.OfSize(min(x.Request.Size, genai.TokensMax))
	}
	estimate := tokens.Estimate(body)
	if call.InputImages+call.InputAudios+call.InputFiles > 0 {
		estimate = prompt.Estimate(body) + int64(call.InputImages)*imageTokens
		if call.InputAudios+call.InputFiles > 0 {
			estimate += int64(len(body)) / mediaBytesPerToken
		}
	}
	if x.Request.Truncated {
		estimate = int64(min(float64(estimate)*float64(x.Request.Size)/float64(len(x.Request.Body)), genai.TokensMax))
	}
	return min(estimate, genai.TokensMax)
}
