package genai

import (
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/xpdata"
)

// attributesTypical is how many attributes a span of a chat call has, to grow the map once.
const attributesTypical = 40

// PutSpan writes a call to a fresh span. What is unknown or empty is left out. ReadSpan reads it back, but for the Detail.
func PutSpan(c *Call, span ptrace.Span) {
	span.SetTraceID(c.TraceID)
	span.SetSpanID(c.SpanID)
	span.SetParentSpanID(c.ParentSpanID)
	span.SetFlags(c.TraceFlags)
	span.SetKind(ptrace.SpanKindClient)
	span.SetName(spanName(c))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(c.Start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(c.Start.Add(c.Duration)))
	if c.ErrorType != "" {
		span.Status().SetCode(ptrace.StatusCodeError)
		span.Status().SetMessage(c.ErrorType)
	}
	w := attributes{fresh: new(xpdata.MapBuilder)}
	w.fresh.EnsureCapacity(attributesTypical)
	w.put(c, whatFields, outcomeFields, usageFields, requestFields, fidelityFields)
	if c.Detail != nil {
		putAsked(w, c, c.Detail)
	}
	for i := range c.RateLimits {
		limit := &c.RateLimits[i]
		w.count(AttrRateLimitPrefix+limit.Kind+".limit", limit.Limit)
		w.count(AttrRateLimitPrefix+limit.Kind+".remaining", limit.Remaining)
		w.seconds(AttrRateLimitPrefix+limit.Kind+".reset", limit.Reset)
	}
	putAccounting(w, c)
	for _, hint := range c.Caller.Hints {
		w.str(hint.Attribute, hint.Value)
	}
	if c.History != nil {
		w.str(AttrHistory, c.History.text())
	}
	if c.Content != nil {
		w.str(AttrRequestBody, c.Content.Request)
		w.str(AttrResponseBody, c.Content.Response)
	}
	w.fresh.UnsafeIntoMap(span.Attributes())
}

// PutAccounting makes a span that exists already say what the processor's rules decided: caller, cost, conversation.
// What they left empty is taken off, and so are the hints of the caller, which have served their purpose. A span of
// another dialect is said in ours as well.
func PutAccounting(c *Call, span ptrace.Span) {
	span.Attributes().RemoveIf(func(name string, _ pcommon.Value) bool {
		r := c.space.reader(name)
		return r != nil && r.accounting || isHint(name)
	})
	w := attributes{Map: span.Attributes()}
	if c.foreign {
		w.put(c, whatFields, outcomeFields, usageFields, requestFields)
	}
	putAccounting(w, c)
}

// PutDuplicate marks a span of a call that another span counts: ReadSpan passes over it from then on.
func PutDuplicate(span ptrace.Span, of pcommon.SpanID) {
	span.Attributes().RemoveIf(func(name string, _ pcommon.Value) bool { return isHint(name) })
	span.Attributes().PutStr(AttrDuplicateOf, of.String())
}

func isHint(name string) bool {
	if !strings.HasPrefix(name, attrCallerPrefix) {
		return name == AttrHistory
	}
	return strings.HasPrefix(name, AttrCallerHeaderPrefix) || strings.HasPrefix(name, AttrCallerBodyPrefix)
}

func spanName(c *Call) string {
	if c.RequestModel == "" {
		return string(c.Operation)
	}
	return string(c.Operation) + " " + c.RequestModel
}

// PutFidelity makes a span that exists already say what the checks found.
func PutFidelity(f *Fidelity, span ptrace.Span) {
	attributes{Map: span.Attributes()}.put(&Call{Fidelity: *f}, fidelityFields)
}

func putAccounting(w attributes, c *Call) {
	w.put(c, accountingFields)
	for name, value := range c.Caller.Labels {
		w.str(AttrLabelPrefix+name, value)
	}
}

// applicableSeparator joins the ids of the applicable checks: as a list, a dozen of them would be half of a span.
const applicableSeparator = ","

// JoinChecks gives the text that a span has for a list of applicable checks.
func JoinChecks(ids []string) string { return strings.Join(ids, applicableSeparator) }

func putApplicable(w attributes, c *Call) {
	text := c.Fidelity.ApplicableText
	if text == "" {
		text = JoinChecks(c.Fidelity.Applicable)
	}
	w.str(AttrFidelityApplicable, text)
}

func putUSD(w attributes, c *Call) {
	if c.Cost.Known {
		w.value(AttrCostUSD).SetDouble(c.Cost.Amount.USD())
	}
}

// attributes puts only what is there.
type attributes struct {
	pcommon.Map
	// fresh, when set, takes the place of the Map. Each name must be put once: it does not look for those before.
	fresh *xpdata.MapBuilder
}

// value gives the value of that name, to be set.
func (w attributes) value(name string) pcommon.Value {
	if w.fresh != nil {
		return w.fresh.AppendEmpty(name)
	}
	return w.PutEmpty(name)
}

func (w attributes) put(c *Call, groups ...[]field) {
	for _, fields := range groups {
		for i := range fields {
			fields[i].put(w, c)
		}
	}
}

func (w attributes) str(name, value string) {
	if value != "" {
		w.value(name).SetStr(value)
	}
}

func (w attributes) num(name string, value int64) {
	if value != 0 {
		w.value(name).SetInt(value)
	}
}

func (w attributes) flag(name string, value bool) {
	if value {
		w.value(name).SetBool(true)
	}
}

func (w attributes) count(name string, value Count) {
	if value.Known {
		w.value(name).SetInt(value.N)
	}
}

func (w attributes) number(name string, value Number) {
	if value.Known {
		w.value(name).SetDouble(value.Value)
	}
}

func (w attributes) seconds(name string, value time.Duration) {
	if value != 0 {
		w.value(name).SetDouble(value.Seconds())
	}
}

// hash is written as hex text, because an attribute's integer is signed.
func (w attributes) hash(name string, value uint64) {
	if value != 0 {
		w.value(name).SetStr(strconv.FormatUint(value, 16))
	}
}

func (w attributes) strs(name string, values []string) {
	if len(values) == 0 {
		return
	}
	list := w.value(name).SetEmptySlice()
	list.EnsureCapacity(len(values))
	for _, value := range values {
		list.AppendEmpty().SetStr(value)
	}
}
