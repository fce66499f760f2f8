package genaiprocessor

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/spanottl"
)

// origin is where a call was read from.
type origin struct {
	span     ptrace.Span
	scope    ptrace.ScopeSpans
	resource *resource
	// onFailure is called when an expression or condition fails.
	onFailure func()
	// ahead tells that the call has not been made yet, and is not to be counted.
	ahead bool
	// decided tells that the span of such a call says what the rules decided.
	decided bool
	// names are those of the span's attributes: most of what sources ask for is not there.
	names nameFilter
}

func newOrigin(span ptrace.Span, scope ptrace.ScopeSpans, resource *resource, onFailure func()) origin {
	return origin{span: span, scope: scope, resource: resource, onFailure: onFailure}
}

// resource is that of spans, of which there may be as many as it has attributes, and as these are long: each is looked up once, and of its
// text only what a name may have is kept.
type resource struct {
	ptrace.ResourceSpans
	texts map[string]string // nil until one is looked up
}

func (r *resource) text(name string) string {
	value, known := r.texts[name]
	if !known {
		if r.texts == nil {
			r.texts = make(map[string]string)
		}
		value, _ = genai.Shorten(text(r.Resource().Attributes(), name), genai.NameBytesMax)
		r.texts[name] = value
	}
	return value
}

// scopeName is as much of the scope's name as tells it from others: each of its spans asks for it.
func (o *origin) scopeName() string {
	name := o.scope.Scope().Name()
	return name[:min(len(name), genai.NameBytesMax)]
}

func (o *origin) readNames() {
	for name := range o.span.Attributes().All() {
		o.names.add(name)
	}
}

// spanAttribute makes what gives an attribute of the span as text, "" if it has none of that name.
func spanAttribute(name string) source {
	word, bit := nameBit(name)
	return func(_ *genai.Call, from *origin, _ string) string {
		if from.names[word]&bit == 0 {
			return ""
		}
		return text(from.span.Attributes(), name)
	}
}

// source looks at a place where something may be known of a caller, and gives "" when that says nothing. owned is what the
// call's API key says.
type source func(c *genai.Call, from *origin, owned string) string

func newSource(spec string) (source, error) {
	place, name, _ := strings.Cut(spec, ":")
	switch {
	case spec == "key":
		return func(_ *genai.Call, _ *origin, owned string) string { return owned }, nil
	case name == "":
	case place == "header":
		return hint(genai.AttrCallerHeaderPrefix + strings.ToLower(name)), nil
	case place == "body":
		return hint(genai.AttrCallerBodyPrefix + name), nil
	case place == "attribute":
		return spanAttribute(name), nil
	case place == "resource":
		return resourceAttribute(name), nil
	case place == "ottl":
		value, err := spanottl.NewExpression(strings.TrimSpace(name))
		return func(_ *genai.Call, from *origin, _ string) string { return from.value(value) }, err
	}
	return nil, fmt.Errorf(
		"%q is no place; give key, header:NAME, body:FIELD, attribute:NAME, resource:NAME or ottl:EXPRESSION", spec)
}

func resourceAttribute(name string) source {
	return func(_ *genai.Call, from *origin, _ string) string {
		value := from.resource.text(name)
		if name == genai.AttrServiceName && value == genai.TapService {
			return ""
		}
		return value
	}
}

func hint(attribute string) source {
	return func(c *genai.Call, _ *origin, _ string) string { return c.Caller.Hint(attribute) }
}

func text(attributes pcommon.Map, name string) string {
	value, ok := attributes.Get(name)
	if !ok {
		return ""
	}
	return value.AsString()
}
