package genaiprocessor

import (
	"context"
	"fmt"
	"sync"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.uber.org/zap"
)

// parser reads OTTL. Paths name what they are of: span.attributes["x"], resource.attributes["x"].
var parser = sync.OnceValues(func() (ottl.Parser[*ottlspan.TransformContext], error) {
	return ottlspan.NewParser(ottlfuncs.StandardConverters[*ottlspan.TransformContext](),
		component.TelemetrySettings{Logger: zap.NewNop()}, ottlspan.EnablePathContextNames())
})

// expression gives a value of a span.
type expression = ottl.ValueExpression[*ottlspan.TransformContext]

func newExpression(text string) (*expression, error) {
	p, err := parser()
	if err != nil {
		return nil, err
	}
	e, err := p.ParseValueExpression(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no OTTL expression: %w", text, err)
	}
	return e, nil
}

// conditions are those of price books or of the ledger, by their text.
type conditions map[string]*ottl.Condition[*ottlspan.TransformContext]

func newConditions(texts []string) (conditions, error) {
	p, err := parser()
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	c := make(conditions, len(texts))
	for _, text := range texts {
		if c[text], err = p.ParseCondition(text); err != nil {
			return nil, fmt.Errorf("when: %q is no OTTL condition: %w", text, err)
		}
	}
	return c, nil
}

// value evaluates an expression; what has no value or fails to give one says nothing.
func (o *origin) value(e *expression) string {
	t := o.transformContext()
	defer t.Close()
	got, err := e.Eval(context.Background(), t)
	if err != nil {
		o.onFailure()
		return ""
	}
	switch v := got.(type) {
	case nil:
		return ""
	case string:
		return v
	case pcommon.Value:
		return v.AsString()
	case bool, int64, float64:
		return fmt.Sprint(v)
	}
	o.onFailure()
	return ""
}

// fulfils tells whether a condition holds; one that fails does not.
func (o *origin) fulfils(c *ottl.Condition[*ottlspan.TransformContext]) bool {
	t := o.transformContext()
	defer t.Close()
	ok, err := c.Eval(context.Background(), t)
	if err != nil {
		o.onFailure()
	}
	return ok && err == nil
}

func (o *origin) transformContext() *ottlspan.TransformContext {
	return ottlspan.NewTransformContext(o.resource, o.scope, o.span)
}
