// Package spanottl reads the expressions and conditions on spans that settings may hold.
package spanottl

import (
	"fmt"
	"sync"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"
)

// Expression gives a value of a span.
type Expression = ottl.ValueExpression[*ottlspan.TransformContext]

// Condition tells whether a span fulfils it.
type Condition = ottl.Condition[*ottlspan.TransformContext]

// parser reads OTTL. Paths name what they are of: span.attributes["x"], resource.attributes["x"].
var parser = sync.OnceValue(func() *ottl.Parser[*ottlspan.TransformContext] {
	p, err := ottlspan.NewParser(ottlfuncs.StandardConverters[*ottlspan.TransformContext](),
		component.TelemetrySettings{Logger: zap.NewNop()}, ottlspan.EnablePathContextNames())
	if err != nil {
		panic(err) // only without a logger
	}
	return &p
})

// NewExpression reads an expression.
func NewExpression(text string) (*Expression, error) {
	e, err := parser().ParseValueExpression(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no OTTL expression: %w", text, err)
	}
	return e, nil
}

// NewCondition reads a condition, which settings call when; of one that is left out it gives nil.
func NewCondition(text string) (*Condition, error) {
	if text == "" {
		return nil, nil
	}
	c, err := parser().ParseCondition(text)
	if err != nil {
		return nil, fmt.Errorf("when: %q is no OTTL condition: %w", text, err)
	}
	return c, nil
}
