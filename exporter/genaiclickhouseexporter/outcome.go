package genaiclickhouseexporter

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// outcomeOf falls back on the error for spans of SDKs, which know no outcome.
func outcomeOf(c *genai.Call) int8 {
	outcome := c.Outcome
	if !slices.Contains(outcomes, outcome) && c.ErrorType != "" {
		outcome = outcomeOfError(c)
	}
	value, _ := outcomes.value(outcome)
	return max(value, 0)
}

// outcomeOfError goes by the HTTP status, which the conventions also allow as the type of the error, and else by its class.
func outcomeOfError(c *genai.Call) genai.Outcome {
	status := c.HTTPStatus
	if status < http.StatusBadRequest {
		status, _ = strconv.Atoi(c.ErrorType)
	}
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout, status == 524: // as the tap has them
		return genai.OutcomeTimeout
	case status >= http.StatusInternalServerError:
		return genai.OutcomeUpstreamError
	case status >= http.StatusBadRequest:
		return genai.OutcomeClientError
	}
	if outcome, known := outcomesOfClasses[c.ErrorType[strings.LastIndexByte(c.ErrorType, '.')+1:]]; known {
		return outcome
	}
	return genai.OutcomeUpstreamError
}

// outcomesOfClasses are those of the errors that OpenAI's and Anthropic's SDKs and those made like them throw (core/error.ts,
// _exceptions.py), of browsers, Node and Python where a call is given up, and of the conventions.
var outcomesOfClasses = map[string]genai.Outcome{
	"BadRequestError":          genai.OutcomeClientError,
	"AuthenticationError":      genai.OutcomeClientError,
	"PermissionDeniedError":    genai.OutcomeClientError,
	"NotFoundError":            genai.OutcomeClientError,
	"ConflictError":            genai.OutcomeClientError,
	"UnprocessableEntityError": genai.OutcomeClientError,
	"RateLimitError":           genai.OutcomeClientError,

	"APIUserAbortError": genai.OutcomeClientAbort,
	"AbortError":        genai.OutcomeClientAbort,
	"CancelledError":    genai.OutcomeClientAbort,

	"APIConnectionTimeoutError": genai.OutcomeTimeout,
	"APITimeoutError":           genai.OutcomeTimeout,
	"TimeoutError":              genai.OutcomeTimeout,
	"timeout":                   genai.OutcomeTimeout,
}
