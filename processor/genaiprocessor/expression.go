package genaiprocessor

import (
	"context"
	"fmt"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/spanottl"
)

// conditions are those of price books, by their text.
type conditions map[string]*spanottl.Condition

func newConditions(texts []string) (conditions, error) {
	c := make(conditions, len(texts))
	for _, text := range texts {
		var err error
		if c[text], err = spanottl.NewCondition(text); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// value evaluates an expression; what has no value or fails to give one says nothing.
func (o *origin) value(e *spanottl.Expression) string {
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
func (o *origin) fulfils(c *spanottl.Condition) bool {
	t := o.transformContext()
	defer t.Close()
	ok, err := c.Eval(context.Background(), t)
	if err != nil {
		o.onFailure()
	}
	return ok && err == nil
}

func (o *origin) transformContext() *ottlspan.TransformContext {
	return ottlspan.NewTransformContext(o.resource.ResourceSpans, o.scope, o.span)
}
