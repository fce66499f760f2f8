package genai

import "go.opentelemetry.io/collector/pdata/ptrace"

// errorOther is the conventions' class of an error that nothing else is known of.
const errorOther = "_OTHER"

// hasFailed tells whether the call did. Not every SDK gives the span of one that failed a status: there is an exception, or a word of no
// success, and nothing of an answer.
func (f *foreign) hasFailed(span ptrace.Span, c *Call) bool {
	if f.failed || span.Status().Code() == ptrace.StatusCodeError {
		return true
	}
	unanswered := c.Outcome == "" && span.Status().Code() == ptrace.StatusCodeUnset &&
		c.Usage == (Usage{}) && len(c.FinishReasons) == 0 && c.ResponseID == ""
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

func exceptionOf(span ptrace.Span) string {
	kind := errorOther
	for _, event := range span.Events().All() {
		if name, ok := event.Attributes().Get("exception.type"); ok && name.Str() != "" {
			kind = name.Str()
		}
	}
	return kind
}
