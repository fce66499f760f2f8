package genaiprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// rule decides one thing of a call.
type rule interface {
	apply(*genai.Call, origin)
}

// accountant runs the rules, in order, over every model call.
type accountant struct {
	rules  []rule
	reload reloader
}

func newAccountant(cfg *Config, set component.TelemetrySettings, tick ticker) (*accountant, error) {
	t, err := newTelemetry(set)
	if err != nil {
		return nil, err
	}
	who, identityErr := newIdentity(&cfg.Identity, t.identityCut)
	cost, priceErr := newPrice(cfg, t.unpriced)
	if err := errors.Join(identityErr, priceErr); err != nil {
		return nil, err
	}
	a := &accountant{rules: []rule{who, cost}}
	a.reload = reloader{interval: cfg.ReloadInterval, tick: tick, logger: set.Logger, count: t.reloaded}
	if cfg.PricesFile != "" {
		a.reload.files = append(a.reload.files, &reloadable{kind: "prices_file", path: cfg.PricesFile, take: cost.take})
	}
	if cfg.Identity.KeysFile != "" {
		a.reload.files = append(a.reload.files, &reloadable{kind: "keys_file", path: cfg.Identity.KeysFile, take: who.keys.take})
	}
	return a, a.reload.first()
}

func (a *accountant) start(context.Context, component.Host) error {
	a.reload.start()
	return nil
}

func (a *accountant) shutdown(context.Context) error {
	a.reload.shutdown()
	return nil
}

func (a *accountant) processTraces(_ context.Context, traces ptrace.Traces) (ptrace.Traces, error) {
	var call genai.Call
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				a.processSpan(&call, span, resource.Resource().Attributes())
			}
		}
	}
	return traces, nil
}

func (a *accountant) processSpan(call *genai.Call, span ptrace.Span, resource pcommon.Map) {
	if !genai.ReadSpan(span, call) {
		return
	}
	from := origin{span: span.Attributes(), resource: resource}
	for _, r := range a.rules {
		r.apply(call, from)
	}
	genai.PutAccounting(call, span)
}
