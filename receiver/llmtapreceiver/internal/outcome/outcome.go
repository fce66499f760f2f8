// Package outcome says how a call ended, from how its HTTP exchange ended and what its answer says of itself.
package outcome

import (
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// Of gives the outcome and the class of the error, empty when there was none. class is the error that the answer
// itself reports; ended tells that the answer came to the end that its format defines.
//
// An answer that ended is ok however the connection went: many clients hang up once they have read the last event.
func Of(x *exchange.Exchange, class string, ended bool) (genai.Outcome, string) {
	switch x.End {
	case exchange.UpstreamUnreachable:
		return genai.OutcomeUpstreamError, genai.ErrorUpstreamUnavailable
	case exchange.BadRequest:
		return genai.OutcomeClientError, genai.ErrorInvalidRequest
	case exchange.Refused:
		return genai.OutcomeRefused, genai.ErrorBlockedByBudget
	case exchange.TapFailed:
		return genai.OutcomeTapError, genai.ErrorTapError
	}
	if class == "" {
		class = genai.ErrorOfStatus(x.Status)
	}
	switch {
	case x.End == exchange.Stopped && !ended:
		return genai.OutcomeTapError, genai.ErrorTapError
	case x.End == exchange.UpstreamTimeout && !ended:
		return genai.OutcomeTimeout, genai.ErrorTimeout
	case class != "":
		return genai.OutcomeOf(class), class
	case ended:
		return genai.OutcomeOK, ""
	case x.End == exchange.ClientGone:
		return genai.OutcomeClientAbort, genai.ErrorClientAbort
	default:
		return genai.OutcomeUpstreamError, genai.ErrorStreamBroken
	}
}
