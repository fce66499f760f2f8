package genai

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Unrecorded counts calls that were forwarded and have no span, so that accounts know what they miss.
type Unrecorded struct {
	Upstream string
	// Reason is that of the tap's counter of dropped calls: queue_full, shutdown, consumer_refused or fault.
	Reason string
	Calls  int64
	// First and Last are when the first and the last of them were given up.
	First, Last time.Time
}

// unrecordedName is the name of a span that tells of unrecorded calls.
const unrecordedName = "llmtap.unrecorded"

// Put writes u to a fresh span, which is that of no call. ReadUnrecorded reads it back.
func (u *Unrecorded) Put(span ptrace.Span, trace pcommon.TraceID, id pcommon.SpanID) {
	span.SetTraceID(trace)
	span.SetSpanID(id)
	span.SetName(unrecordedName)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(u.First))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(u.Last))
	span.Attributes().PutStr(AttrUpstream, u.Upstream)
	span.Attributes().PutStr(AttrUnrecordedReason, u.Reason)
	span.Attributes().PutInt(AttrUnrecordedCalls, u.Calls)
}

// unrecordedMax bounds the calls that one span tells of; more is no count of real calls and would spoil every sum.
const unrecordedMax = 1 << 32

// ReadUnrecorded reads a span that tells of unrecorded calls; ok is false for any other one.
func ReadUnrecorded(span ptrace.Span) (u Unrecorded, ok bool) {
	if span.Name() != unrecordedName {
		return u, false
	}
	calls, ok := span.Attributes().Get(AttrUnrecordedCalls)
	if !ok || calls.Type() != pcommon.ValueTypeInt || calls.Int() < 1 || calls.Int() > unrecordedMax {
		return u, false
	}
	u = Unrecorded{Calls: calls.Int(), First: span.StartTimestamp().AsTime(), Last: span.EndTimestamp().AsTime()}
	for name, text := range map[string]*string{AttrUpstream: &u.Upstream, AttrUnrecordedReason: &u.Reason} {
		if value, ok := span.Attributes().Get(name); ok {
			*text = value.AsString()
		}
	}
	return u, true
}
