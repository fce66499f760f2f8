package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// readTanStack knows spans of TanStack AI, whose scope has the application's name. That of a chat sums the calls, which have spans of their
// own, and these have counts as the provider's API has them.
func (f *foreign) readTanStack(name string) bool {
	switch name {
	case "ai.iterations":
		f.noCall = true
	case "ai.iteration":
		f.raw = rawAll
	default:
		return false
	}
	return true
}

// isTanStackChat knows the span of a chat also where that failed or was cancelled, of which it does not say how many calls it sums. It has
// the name that the conventions give a call, but no operation, is no client's, and is in error.
func isTanStackChat(span ptrace.Span, c *Call) bool {
	model, named := strings.CutPrefix(span.Name(), "chat ")
	return named && model == c.RequestModel && span.Kind() == ptrace.SpanKindInternal && span.Status().Code() == ptrace.StatusCodeError
}
