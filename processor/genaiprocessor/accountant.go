package genaiprocessor

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/reload"
	"github.com/llmtap/llmtap/internal/tapsfirst"
)

// rule decides one thing of a call.
type rule interface {
	apply(*genai.Call, *origin)
}

// accountant runs the rules, in order, over every model call.
type accountant struct {
	id     component.ID // of the processor
	rules  []rule
	cost   *price // one of them
	keys   *keyMap
	reload reload.Reloader
	// duplicates is nil when every span is to count.
	duplicates  *duplicates
	onDuplicate func()
	// onFailure is called when an expression or condition fails.
	onFailure func()
	ledgerID  *component.ID
	ledger    ledger // nil without one
	// tap is the resource of the spans of calls that have not been made yet.
	tap pcommon.Resource
}

func newAccountant(cfg *Config, set component.TelemetrySettings) (*accountant, error) {
	t, err := newTelemetry(set)
	if err != nil {
		return nil, err
	}
	who, identityErr := newIdentity(&cfg.Identity, t.identityCut)
	cost, priceErr := newPrice(cfg, t.unpriced)
	if err := errors.Join(identityErr, priceErr); err != nil {
		return nil, err
	}
	a := &accountant{
		rules: []rule{who, cost}, cost: cost, keys: who.keys, onDuplicate: t.duplicate, onFailure: t.expressionFailed, ledgerID: cfg.Ledger,
		tap: genai.TapResource(set.Resource),
	}
	if cfg.Fidelity {
		a.rules = append(a.rules, judge{fidelity.NewJudge()})
	}
	if cfg.RememberSpans > 0 {
		a.duplicates = newDuplicates(cfg.RememberSpans)
	}
	a.reload = reload.Reloader{Interval: cfg.ReloadInterval, Logger: set.Logger, Tried: t.reloads}
	if cfg.RememberAnswers > 0 {
		a.rules = append(a.rules, newConversation(cfg.RememberAnswers))
	}
	if cfg.PricesFile != "" {
		a.reload.Files = append(a.reload.Files, &reload.File{Kind: "prices_file", Path: cfg.PricesFile, Take: cost.take})
	}
	if cfg.Identity.KeysFile != "" {
		a.reload.Files = append(a.reload.Files, &reload.File{Kind: "keys_file", Path: cfg.Identity.KeysFile, Take: who.keys.take})
	}
	return a, a.reload.First()
}

func (a *accountant) start(_ context.Context, host component.Host) error {
	if err := a.keys.start(); err != nil {
		return err
	}
	if err := a.useLedger(host); err != nil {
		return err
	}
	a.reload.Start()
	return nil
}

func (a *accountant) shutdown(context.Context) error {
	a.reload.Shutdown()
	return nil
}

// memory is what one batch after the other is read into.
type memory struct {
	call   genai.Call
	spans  []batchSpan
	places map[pcommon.SpanID]int
	// waited tells that what taps recorded before has come.
	waited bool
}

var memories = sync.Pool{New: func() any {
	m := &memory{places: map[pcommon.SpanID]int{}}
	m.call.Reuse()
	return m
}}

func (a *accountant) processTraces(ctx context.Context, traces ptrace.Traces) (ptrace.Traces, error) {
	m := memories.Get().(*memory)
	m.spans = a.gather(m.spans[:0], traces)
	m.sort()
	if a.duplicates != nil {
		for i := range m.spans {
			if !m.spans[i].tap {
				a.duplicates.link(m.spans[i].span)
			}
		}
	}
	for i := range m.spans {
		a.processSpan(ctx, m, &m.spans[i])
	}
	clear(m.spans) // or the spans would stay
	clear(m.places)
	m.waited = false
	memories.Put(m)
	return traces, nil
}

// batchSpan is a span of a batch, with where it stands.
type batchSpan struct {
	origin
	tap bool
	// end is when it ended, or rather a moment after the last span within it.
	end pcommon.Timestamp
}

func (a *accountant) gather(spans []batchSpan, traces ptrace.Traces) []batchSpan {
	spans = slices.Grow(spans, traces.SpanCount())
	for _, all := range traces.ResourceSpans().All() {
		of := &resource{ResourceSpans: all}
		for _, scope := range of.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				from := newOrigin(span, scope, of, a.onFailure)
				spans = append(spans, batchSpan{from, text(span.Attributes(), genai.AttrOutcome) != "", span.EndTimestamp()})
			}
		}
	}
	return spans
}

// sort puts the tap's spans first, and inner ones before those around them.
func (m *memory) sort() {
	m.endAfterInner()
	slices.SortStableFunc(m.spans, func(x, y batchSpan) int {
		if x.tap != y.tap {
			if x.tap {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.end, y.end), cmp.Compare(y.span.StartTimestamp(), x.span.StartTimestamp()))
	})
}

// nestedMax bounds the spans around one that are put after it.
const nestedMax = 16

// endAfterInner lets spans end after those within them. By themselves they need not: JavaScript's clock has a span end up to a
// millisecond before one that ended earlier.
func (m *memory) endAfterInner() {
	for i := range m.spans {
		if s := &m.spans[i]; !s.tap {
			m.places[s.span.SpanID()] = i
		}
	}
	for i := range m.spans {
		if !m.spans[i].tap {
			m.endBefore(i)
		}
	}
}

// endBefore lets the spans around one end after it.
func (m *memory) endBefore(place int) {
	for range nestedMax {
		inner := &m.spans[place]
		var ok bool
		if place, ok = m.places[inner.span.ParentSpanID()]; !ok {
			return
		}
		outer := &m.spans[place]
		if outer.end > inner.end || outer.span.TraceID() != inner.span.TraceID() {
			return
		}
		outer.end = inner.end + 1
	}
}

func (a *accountant) processSpan(ctx context.Context, m *memory, s *batchSpan) {
	call := &m.call
	if !genai.ReadSpanOf(s.scopeName(), s.span, call) {
		return
	}
	date(call, s.span)
	if a.duplicates != nil {
		if !s.tap && !m.waited {
			tapsfirst.Wait(ctx)
			m.waited = true
		}
		if counted, found := a.duplicates.of(call, s.reporter()); found {
			genai.PutDuplicate(s.span, counted)
			a.onDuplicate()
			a.settleRepeated(call, &s.origin)
			return
		}
	}
	s.readNames()
	for _, r := range a.rules {
		r.apply(call, &s.origin)
	}
	genai.PutAccounting(call, s.span)
	if a.ledger != nil {
		a.settle(call, &s.origin)
		if a.duplicates != nil {
			a.duplicates.name(call)
		}
	}
}

// date gives a call whose span does not say when it began the time of its end, or else the present: a store would take it for
// one of 1970, which is too old to be kept.
func date(call *genai.Call, span ptrace.Span) {
	if told(span.StartTimestamp()) {
		return
	}
	if !told(span.EndTimestamp()) {
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	}
	span.SetStartTimestamp(span.EndTimestamp())
	call.Start, call.Duration = span.EndTimestamp().AsTime(), 0
}

// told tells whether there is a time, and one that has room in what Go and ClickHouse reckon with.
func told(t pcommon.Timestamp) bool { return t != 0 && t <= math.MaxInt64 }
