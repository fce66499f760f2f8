package genaiclickhouseexporter

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// outcomeOf falls back on the error for spans of SDKs, which know no outcome.
func outcomeOf(c *genai.Call) int8 {
	outcome := c.Outcome
	if !slices.Contains(outcomes, outcome) && c.ErrorType != "" {
		outcome = genai.OutcomeOf(errorClass(c))
	}
	value, _ := outcomes.value(outcome)
	return max(value, 0)
}

// errorClass goes by the HTTP status, which the conventions also allow as the type of the error, and else by what the SDK threw.
func errorClass(c *genai.Call) string {
	class := genai.ErrorOfStatus(c.HTTPStatus)
	if class == "" {
		status, _ := strconv.Atoi(c.ErrorType)
		class = genai.ErrorOfStatus(status)
	}
	if class == "" {
		class = classesOfThrown[c.ErrorType[strings.LastIndexByte(c.ErrorType, '.')+1:]]
	}
	return class
}

// classesOfThrown are those of the errors that OpenAI's and Anthropic's SDKs and those made like them throw (core/error.ts,
// _exceptions.py), of browsers, Node and Python where a call is given up, and of the conventions.
var classesOfThrown = map[string]string{
	"BadRequestError":          genai.ErrorInvalidRequest,
	"AuthenticationError":      genai.ErrorAuth,
	"PermissionDeniedError":    genai.ErrorAuth,
	"NotFoundError":            genai.ErrorNotFound,
	"ConflictError":            genai.ErrorInvalidRequest,
	"UnprocessableEntityError": genai.ErrorInvalidRequest,
	"RateLimitError":           genai.ErrorRateLimit,

	"APIUserAbortError": genai.ErrorClientAbort,
	"AbortError":        genai.ErrorClientAbort,
	"CancelledError":    genai.ErrorClientAbort,

	"APIConnectionTimeoutError": genai.ErrorTimeout,
	"APITimeoutError":           genai.ErrorTimeout,
	"TimeoutError":              genai.ErrorTimeout,
	"timeout":                   genai.ErrorTimeout,
}
