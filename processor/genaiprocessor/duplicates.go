package genaiprocessor

import (
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/recent"
)

const (
	// clockSkewMax is how far the clocks of an application and of the tap may be apart.
	clockSkewMax = 5 * time.Second
	// linksMax bounds the HTTP spans followed between a call's span and that of the call around it.
	linksMax = 4
)

// duplicates finds spans of one and the same call: the tap's and an SDK's, or those of two instrumentations, one within
// the other or beside it. Whichever comes first counts; of one batch that is the tap's, then the innermost. A call around
// another one is a duplicate of it, also with HTTP spans between, but not with an agent's or tool's, nor where one looks
// something up for the other. A call whose tokens are not known does not keep one of which they are from counting.
type duplicates struct {
	mu       sync.Mutex // over each whole decision, so that of two spans at once one counts
	spans    *recent.Table[sighting]
	answers  answers
	siblings siblings
	// verdicts are those on spans that came.
	verdicts *recent.Table[verdict]
}

// verdict is the span that counts for one, whether that is itself and without tokens, and of whom that says nothing.
type verdict struct {
	counted pcommon.SpanID
	bare    bool
	unnamed unnamed
}

// family is what calls do. A call of one around a call of another made that one besides: it looked up what it needs to
// answer, and both are paid.
type family uint64

const (
	answering family = iota
	lookingUp
	families
)

func familyOf(op genai.Operation) family {
	switch op {
	case genai.OperationEmbeddings, genai.OperationRetrieval, genai.OperationRerank, genai.OperationScore, genai.OperationClassify,
		genai.OperationPooling, genai.OperationDecision, genai.OperationCountTokens:
		return lookingUp
	}
	return answering
}

// spanKey is of a span in a trace, as calls of a family see it.
func spanKey(trace pcommon.TraceID, span pcommon.SpanID, of family) uint64 {
	var b [len(trace) + len(span)]byte
	copy(b[:], trace[:])
	copy(b[len(trace):], span[:])
	return xxhash.Sum64(b[:]) ^ uint64(of)
}

// sighting is what is known of a span, which itself may not have come yet.
type sighting struct {
	// counted is the call that counts for this one and all around it, within those for this one and all within it.
	counted, within pcommon.SpanID
	// link is the parent of an HTTP span.
	link pcommon.SpanID
}

// period is from one moment to another, in Unix nanoseconds.
type period struct{ start, end int64 }

func periodOf(c *genai.Call) period {
	start := c.Start.UnixNano()
	return period{start, start + int64(c.Duration)}
}

// overlaps tells whether two have time in common if their clocks are so far apart.
func (p period) overlaps(other period, skew time.Duration) bool {
	return p.start < other.end+int64(skew) && other.start < p.end+int64(skew)
}

// holds tells whether another is within this one, and shorter.
func (p period) holds(other period) bool {
	return p != other && p.start <= other.start && other.end <= p.end
}

// newDuplicates remembers so many spans and as many responses.
func newDuplicates(size int) *duplicates {
	return &duplicates{
		spans: recent.New[sighting](size), answers: answers{recent.New[answer](size)},
		siblings: siblings{calls: recent.New[sibling](size)}, verdicts: recent.New[verdict](size),
	}
}

// of gives the span that counts already for the call, none when the call is new. It is then remembered. A span that is delivered again gets
// the verdict that it had: one that counts may not have been stored, and one that does not may not count for another call.
func (d *duplicates) of(c *genai.Call, by reporter) (pcommon.SpanID, bool) {
	if c.TraceID.IsEmpty() || c.SpanID.IsEmpty() {
		return pcommon.SpanID{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	k := keysOf(c)
	d.fetch(&k)
	if before, again := d.verdicts.Get(k.span); again {
		return before.counted, before.counted != c.SpanID
	}
	var around sighting
	if !c.ParentSpanID.IsEmpty() {
		around, _ = d.spans.Get(k.around)
	}
	counted, found := d.bySpan(c, &k, around)
	trace := c.TraceID // of the counted call
	var made answer
	if k.response != 0 {
		made = answerOf(c, by)
	}
	if !found && k.response != 0 {
		var same answer
		same, k.response, found = d.answers.of(made, k.response)
		counted, trace = same.span, same.trace
	}
	tokens := saysTokens(c)
	if found && tokens {
		if d.isBare(trace, counted, k.family) {
			found = false
		} else {
			d.siblings.note(k.like, counted, by)
		}
	}
	if !found {
		trace = c.TraceID
		counted, found = d.siblings.of(c, k.like, by)
	}
	v := verdict{counted: c.SpanID, bare: !tokens && !isTap(c)}
	if found {
		first, _ := d.verdicts.Get(spanKey(trace, counted, k.family))
		v = verdict{counted: counted, unnamed: first.unnamed}
	} else {
		counted = c.SpanID
	}
	d.verdicts.Put(k.span, v)
	d.remember(c, &k, counted, around, made)
	return counted, found
}

// keys are those by which a call is remembered; 0 is none.
type keys struct {
	span, own, around, response, like uint64
	family                            family
}

func keysOf(c *genai.Call) (k keys) {
	k.family = familyOf(c.Operation)
	k.span = spanKey(c.TraceID, c.SpanID, k.family)
	if !isTap(c) { // whose spans have none within them
		k.own = k.span
	}
	if !c.ParentSpanID.IsEmpty() {
		k.around = spanKey(c.TraceID, c.ParentSpanID, k.family)
	}
	if hasAnswer(c) {
		k.response = xxhash.Sum64String(c.ResponseID)
	}
	k.like = siblingKey(c)
	return k
}

func (d *duplicates) fetch(k *keys) {
	d.verdicts.Fetch(k.span)
	d.spans.Fetch(k.own)
	d.spans.Fetch(k.around)
	d.answers.calls.Fetch(k.response)
	d.siblings.calls.Fetch(k.like)
}

// bySpan looks for a call within this one or around it, of which it is given what is known of the parent.
func (d *duplicates) bySpan(c *genai.Call, k *keys, outer sighting) (pcommon.SpanID, bool) {
	if k.own != 0 {
		own, ok := d.spans.Get(k.own)
		if ok && !own.counted.IsEmpty() && own.counted != c.SpanID {
			return own.counted, true
		}
	}
	for range linksMax {
		if !outer.within.IsEmpty() {
			return outer.within, outer.within != c.SpanID // itself where its verdict was forgotten first
		}
		if outer.link.IsEmpty() {
			break
		}
		outer, _ = d.spans.Get(spanKey(c.TraceID, outer.link, k.family))
	}
	return pcommon.SpanID{}, false
}

// hasAnswer tells whether the call made the response that it names, rather than asked for it.
func hasAnswer(c *genai.Call) bool { return c.ResponseID != "" && !c.Operation.AboutResponse() }

// saysTokens tells whether the call's tokens are known. SDKs that missed them say 0.
func saysTokens(c *genai.Call) bool { return c.Usage.Input.N+c.Usage.Output.N > 0 }

// isTap tells the tap's calls from those of SDKs, which know no outcome.
func isTap(c *genai.Call) bool { return c.Outcome != "" }

func (d *duplicates) remember(c *genai.Call, k *keys, counted pcommon.SpanID, around sighting, made answer) {
	if k.own != 0 {
		own, _ := d.spans.Get(k.own)
		own.within = counted
		d.spans.Put(k.own, own)
	}
	d.countAround(c.TraceID, k.family, c.ParentSpanID, around, counted)
	if counted == c.SpanID && k.response != 0 {
		d.answers.calls.Put(k.response, made)
	}
}

// countAround marks the span around a counted call, of which it is given what is known, and on through HTTP spans. Of several tries
// within it the first with tokens counts.
func (d *duplicates) countAround(trace pcommon.TraceID, of family, around pcommon.SpanID, outer sighting, counted pcommon.SpanID) {
	for range linksMax {
		if around.IsEmpty() {
			return
		}
		if outer.counted.IsEmpty() || outer.counted != counted && d.isBare(trace, outer.counted, of) {
			outer.counted = counted
			d.spans.Put(spanKey(trace, around, of), outer)
		}
		if around = outer.link; !around.IsEmpty() {
			outer, _ = d.spans.Get(spanKey(trace, around, of))
		}
	}
}

func (d *duplicates) isBare(trace pcommon.TraceID, span pcommon.SpanID, of family) bool {
	v, _ := d.verdicts.Get(spanKey(trace, span, of))
	return v.bare
}

// link takes note of an HTTP span, of the client or of a gateway that it calls, which may stand between a call and the one
// around it.
func (d *duplicates) link(span ptrace.Span) {
	if span.Kind() != ptrace.SpanKindClient && span.Kind() != ptrace.SpanKindServer || span.ParentSpanID().IsEmpty() {
		return
	}
	_, present := span.Attributes().Get("http.request.method")
	_, old := span.Attributes().Get("http.method")
	if !present && !old {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for of := range families {
		key := spanKey(span.TraceID(), span.SpanID(), of)
		own, _ := d.spans.Get(key)
		own.link = span.ParentSpanID()
		d.spans.Put(key, own)
		if !own.counted.IsEmpty() {
			outer, _ := d.spans.Get(spanKey(span.TraceID(), own.link, of))
			d.countAround(span.TraceID(), of, own.link, outer, own.counted)
		}
	}
}
