package genaiprocessor

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// origin is where a call was read from.
type origin struct {
	span     ptrace.Span
	scope    ptrace.ScopeSpans
	resource ptrace.ResourceSpans
	// onFailure is called when an expression or condition fails.
	onFailure func()
	// ahead tells that the call has not been made yet, and is not to be counted.
	ahead bool
	// names are those of the span's attributes: most of what sources ask for is not there.
	names names
}

func newOrigin(span ptrace.Span, scope ptrace.ScopeSpans, resource ptrace.ResourceSpans, onFailure func()) origin {
	o := origin{span: span, scope: scope, resource: resource, onFailure: onFailure}
	for name := range span.Attributes().All() {
		o.names.add(name)
	}
	return o
}

// attribute gives an attribute of the span as text, "" if it has none of that name.
func (o *origin) attribute(name string) string {
	if !o.names.mayHave(name) {
		return ""
	}
	return text(o.span.Attributes(), name)
}

// source is a place where something may be known of a caller.
type source struct {
	place string
	// name is the attribute that holds it; the places key and ottl have none.
	name string
	// value is the expression of the place ottl.
	value *expression
}

// The places of a source.
const (
	placeKey       = "key"
	placeHeader    = "header"
	placeBody      = "body"
	placeAttribute = "attribute"
	placeResource  = "resource"
	placeOTTL      = "ottl"
)

func newSource(spec string) (source, error) {
	place, name, _ := strings.Cut(spec, ":")
	switch {
	case spec == placeKey:
		return source{place: placeKey}, nil
	case name == "":
	case place == placeHeader:
		return source{place: place, name: genai.AttrCallerHeaderPrefix + strings.ToLower(name)}, nil
	case place == placeBody:
		return source{place: place, name: genai.AttrCallerBodyPrefix + name}, nil
	case place == placeAttribute, place == placeResource:
		return source{place: place, name: name}, nil
	case place == placeOTTL:
		value, err := newExpression(strings.TrimSpace(name))
		return source{place: place, value: value}, err
	}
	return source{}, fmt.Errorf(
		"%q is no place; give key, header:NAME, body:FIELD, attribute:NAME, resource:NAME or ottl:EXPRESSION", spec)
}

// look gives what the place says, "" when it says nothing. owned is what the call's API key says.
func (s source) look(c *genai.Call, from *origin, owned string) string {
	switch s.place {
	case placeKey:
		return owned
	case placeHeader, placeBody:
		return c.Caller.Hint(s.name)
	case placeAttribute:
		return from.attribute(s.name)
	case placeOTTL:
		return from.value(s.value)
	default:
		return text(from.resource.Resource().Attributes(), s.name)
	}
}

func text(attributes pcommon.Map, name string) string {
	value, ok := attributes.Get(name)
	if !ok {
		return ""
	}
	return value.AsString()
}
