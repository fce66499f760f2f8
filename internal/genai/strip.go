package genai

import "go.opentelemetry.io/collector/pdata/ptrace"

// Strip leaves of a span what ReadSpan and ReadUnrecorded read of it, in the names that PutSpan writes. SDKs put prompts and answers into
// attributes and events; the tap's spans have nothing that was not asked for, and stay as they are. c is memory to read into.
func Strip(span ptrace.Span, c *Call) {
	if _, tap := span.Attributes().Get(AttrOutcome); tap {
		return
	}
	if _, ok := ReadUnrecorded(span); ok {
		return
	}
	bare := ptrace.NewSpan()
	if ReadSpan(span, c) {
		c.Caller.Hints, c.History = nil, nil // which have told what they are for
		PutSpan(c, bare)
		if span.Status().Code() == ptrace.StatusCodeOk { // it tells that no error is to be looked for
			bare.Status().SetCode(ptrace.StatusCodeOk)
		}
	}
	bare.MoveTo(span)
}
