package genai

import (
	"cmp"
	"net/http"
	"strconv"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// errorOther is the conventions' class of an error that nothing else is known of.
const errorOther = "_OTHER"

// hasFailed tells whether the call did. Not every SDK gives the span of one that failed a status: there is an exception, or a word of no
// success, and nothing of an answer. An HTTP server sets none for a request that it refused, such as a gateway whose span of the request is
// that of the call.
func (f *foreign) hasFailed(span ptrace.Span, c *Call) bool {
	if f.failed || span.Status().Code() == ptrace.StatusCodeError {
		return true
	}
	unanswered := c.Outcome == "" && span.Status().Code() == ptrace.StatusCodeUnset &&
		c.Usage.Output.N == 0 && len(c.FinishReasons) == 0 && c.ResponseID == ""
	if unanswered && c.HTTPStatus >= http.StatusBadRequest {
		return true
	}
	unanswered = unanswered && c.Usage == (Usage{})
	return unanswered && f.plain.unsuccessful || (unanswered || f.langSmith) && hasException(span)
}

func hasException(span ptrace.Span) bool {
	for _, event := range span.Events().All() {
		if event.Name() == "exception" {
			return true
		}
	}
	return false
}

// errorOf gives the class of an error that has none: that of the exception, or the HTTP status, as the conventions have it.
func errorOf(span ptrace.Span, c *Call) (kind string) {
	for _, event := range span.Events().All() {
		if name, ok := event.Attributes().Get("exception.type"); ok && name.Str() != "" {
			kind = name.Str()
		}
	}
	if kind == "" && c.HTTPStatus >= http.StatusBadRequest {
		kind = strconv.Itoa(c.HTTPStatus)
	}
	return cmp.Or(kind, errorOther)
}
