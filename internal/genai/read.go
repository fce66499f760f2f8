package genai

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// ReadSpan reads a GenAI span into a call: in the names that PutSpan writes, their successors on the conventions' main
// branch, and those of other dialects. It gives false, and a call with nothing but ids and times, for a span that is no
// model call, or one that another span counts already.
func ReadSpan(span ptrace.Span, c *Call) bool { return ReadSpanOf("", span, c) }

// ReadSpanOf reads a span of an instrumentation scope, which may tell what the span's counts leave out.
func ReadSpanOf(scope string, span ptrace.Span, c *Call) bool {
	c.begin(span)
	if operation, ok := span.Attributes().Get(AttrOperationName); ok &&
		!isModelCall(operationOf(operation.Str())) && !isTracyError(scope, operation.Str()) {
		return false
	}
	f := c.newForeign()
	f.raw, f.otherKind = rawScopes[scope], liveKitNodes[span.Name()]
	f.spoken = f.raw != rawNone
	for name, value := range span.Attributes().All() {
		readAttribute(c, f, name, value)
	}
	f.readWhole(scope, span, c)
	f.readUsageEvents(span, c)
	f.readChoiceEvents(span, c)
	if f.spoken || c.Operation == "" {
		f.fill(c)
	}
	if !isModelCall(c.Operation) || f.noCall || f.duplicate || isLiveKitFallback(c) || f.logfire.toldLater(span, c) {
		c.begin(span)
		return false
	}
	f.logfire.stretch(c)
	f.zeroClaw.stretch(span, c)
	mend(span, c, f)
	return true
}

// readWhole takes what no attribute tells alone.
func (f *foreign) readWhole(scope string, span ptrace.Span, c *Call) {
	if f.strands = isStrands(scope, span, cmp.Or(c.Provider, f.call.Provider)); f.strands {
		f.spoken, f.raw = true, rawOldNames
	}
	f.raw = max(f.raw, f.agento11y.rawness())
	f.otherKind = f.otherKind || isTanStackChat(span, c)
	f.noCall = f.noCall || isHermesTurn(span, c, f) || isOpenRouterStep(span, c) || isPromptfooRepeat(c, f)
}

// begin makes c a call of which nothing is known but the span's ids and times.
func (c *Call) begin(span ptrace.Span) {
	kept := c.space
	kept.clear()
	*c = Call{}
	c.space = kept
	c.TraceID, c.SpanID, c.ParentSpanID = span.TraceID(), span.SpanID(), span.ParentSpanID()
	c.TraceFlags = span.Flags()
	c.Start = span.StartTimestamp().AsTime()
	c.Duration = span.EndTimestamp().AsTime().Sub(c.Start)
}

func readAttribute(c *Call, f *foreign, name string, v pcommon.Value) {
	r := c.space.reader(name)
	switch {
	case r == nil && strings.HasPrefix(name, ownPrefix):
		readOwn(c, f, name, v)
	case r == nil:
		f.readFamily(name, v)
	case r.other != nil:
		r.other(f, v)
		f.spoken = f.spoken || r.tells
	case name == AttrOperationName && !isModelCall(Operation(v.Str())):
		f.readOperation(v.Str())
	default:
		r.read(c, v)
	}
}

// Limits of what one span may say in attributes of any name: each is looked for among those before it, and a span may come
// from anybody.
const (
	hintsMax      = 256
	labelsMax     = 256
	rateLimitsMax = 64
)

// readOwn reads attributes of ours of which a part of the name says what they are of.
func readOwn(c *Call, f *foreign, name string, v pcommon.Value) {
	switch {
	case name == AttrDuplicateOf:
		f.duplicate = true
	case strings.HasPrefix(name, AttrCallerHeaderPrefix), strings.HasPrefix(name, AttrCallerBodyPrefix):
		if len(c.Caller.Hints) < hintsMax {
			c.SetHint(name, v.AsString())
		}
	case strings.HasPrefix(name, AttrLabelPrefix):
		if len(c.Caller.Labels) < labelsMax {
			c.SetLabel(strings.TrimPrefix(name, AttrLabelPrefix), v.AsString())
		}
	case strings.HasPrefix(name, AttrRateLimitPrefix):
		readRateLimit(c, strings.TrimPrefix(name, AttrRateLimitPrefix), v)
	}
}

func readRateLimit(c *Call, name string, v pcommon.Value) {
	kind, member, _ := strings.Cut(name, ".")
	i := slices.IndexFunc(c.RateLimits, func(l RateLimit) bool { return l.Kind == kind })
	if i < 0 {
		if i = len(c.RateLimits); i == rateLimitsMax {
			return
		}
		c.RateLimits = append(c.RateLimits, RateLimit{Kind: kind})
	}
	switch member {
	case "limit":
		c.RateLimits[i].Limit = readCount(v)
	case "remaining":
		c.RateLimits[i].Remaining = readCount(v)
	case "reset":
		c.RateLimits[i].Reset = readSeconds(v)
	}
}
