package genai

import (
	"cmp"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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
	f.noCall = f.noCall || isHermesTurn(span, c, f) || isOpenRouterStep(span, c)
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

func content(c *Call) *Content {
	if c.Content == nil {
		c.Content = &Content{}
	}
	return c.Content
}

// readCount takes a negative number, which no count can be, for unknown. Digits as text are a number: all attributes of
// Micrometer, and so of Spring AI, are text.
func readCount(v pcommon.Value) Count {
	var n int64
	switch v.Type() {
	case pcommon.ValueTypeInt:
		n = v.Int()
	case pcommon.ValueTypeStr:
		var err error
		if n, err = strconv.ParseInt(v.Str(), 10, 64); err != nil {
			return Count{}
		}
	case pcommon.ValueTypeDouble:
		if math.IsNaN(v.Double()) || math.Abs(v.Double()) > 1<<53 {
			return Count{}
		}
		n = int64(v.Double())
	default:
		return Count{}
	}
	if n < 0 {
		return Count{}
	}
	return Known(n)
}

// countOf gives the first count that there is.
func countOf[N int64 | float64](counts ...*N) Count {
	for _, n := range counts {
		if n != nil && *n >= 0 {
			return Known(int64(min(*n, TokensMax+1)))
		}
	}
	return Count{}
}

func readFloat(v pcommon.Value) float64 {
	if v.Type() == pcommon.ValueTypeInt {
		return float64(v.Int())
	}
	return v.Double()
}

// readUSD takes what can be no cost (a negative or huge number, NaN, text) for unknown.
func readUSD(c *Call, v pcommon.Value) {
	usd := readFloat(v)
	c.Cost.Known = usd >= 0 && usd <= CostMax.USD() && (v.Type() == pcommon.ValueTypeDouble || v.Type() == pcommon.ValueTypeInt)
	if c.Cost.Known {
		c.Cost.Amount = NanoUSDFrom(usd)
	}
}

// readSeconds takes what can be no duration (a negative or huge number, NaN, text) for absent.
func readSeconds(v pcommon.Value) time.Duration { return secondsOf(readFloat(v)) }

func readMillis(v pcommon.Value) time.Duration { return secondsOf(readFloat(v) / 1000) }

func secondsOf(seconds float64) time.Duration {
	if !(seconds >= 0 && seconds <= math.MaxInt64/float64(time.Second)/2) {
		return 0
	}
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

// readFlag takes text for a flag too, as LiteLLM and Micrometer send it.
func readFlag(v pcommon.Value) bool {
	if v.Type() == pcommon.ValueTypeBool {
		return v.Bool()
	}
	return v.AsString() == "true" || v.AsString() == "True"
}

func readHash(v pcommon.Value) uint64 {
	r := hashReader{rest: v.Str()}
	hash := r.hash()
	if r.bad || r.rest != "" {
		return 0
	}
	return hash
}

// readReasons takes a list as JSON or with commas too, as LiteLLM and LangSmith send it, and the AI SDK's spelling.
func readReasons(c *Call, v pcommon.Value) []string {
	reasons := readStrings(c, v)
	if v.Type() == pcommon.ValueTypeStr {
		reasons = splitReasons(v.Str())
	}
	for i, reason := range reasons {
		switch reason {
		case "tool-calls", "content-filter":
			reasons[i] = strings.ReplaceAll(reason, "-", "_")
		}
	}
	return reasons
}

func splitReasons(text string) (reasons []string) {
	if json.Unmarshal([]byte(text), &reasons) != nil {
		reasons = strings.Split(text, ", ")
	}
	return reasons
}

// readApplicable takes a list, too.
func readApplicable(c *Call, v pcommon.Value) {
	if v.Type() != pcommon.ValueTypeStr || v.Str() == "" {
		c.Fidelity.Applicable = readStrings(c, v)
		return
	}
	c.Fidelity.Applicable, c.Fidelity.ApplicableText = c.checks(v.Str()), v.Str()
}

func readStrings(c *Call, v pcommon.Value) []string {
	if v.Type() == pcommon.ValueTypeStr {
		return []string{v.Str()}
	}
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	values := c.texts(v.Slice().Len())
	for _, item := range v.Slice().All() {
		values = append(values, item.AsString())
	}
	return values
}

// hostOf gives host and port of a URL; the port only where it is not the scheme's.
func hostOf(base string) (host string, port int) {
	u, err := url.Parse(base)
	if err != nil {
		return "", 0
	}
	port, _ = strconv.Atoi(u.Port()) // none, or not a number: left out
	return u.Hostname(), port
}
