package genaiprocessor

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
)

// origin is where a call was read from.
type origin struct{ span, resource pcommon.Map }

// source is a place where something may be known of a caller.
type source struct {
	place string
	// name is the attribute that holds it; the place key has none.
	name string
}

// The places of a source.
const (
	placeKey       = "key"
	placeHeader    = "header"
	placeBody      = "body"
	placeAttribute = "attribute"
	placeResource  = "resource"
)

func newSource(spec string) (source, error) {
	place, name, _ := strings.Cut(spec, ":")
	switch {
	case spec == placeKey:
		return source{place: placeKey}, nil
	case name == "":
	case place == placeHeader:
		return source{placeHeader, genai.AttrCallerHeaderPrefix + strings.ToLower(name)}, nil
	case place == placeBody:
		return source{placeBody, genai.AttrCallerBodyPrefix + name}, nil
	case place == placeAttribute, place == placeResource:
		return source{place, name}, nil
	}
	return source{}, fmt.Errorf(
		"%q is no place; give key, header:NAME, body:FIELD, attribute:NAME or resource:NAME", spec)
}

// look gives what the place says, "" when it says nothing. owned is what the call's API key says.
func (s source) look(c *genai.Call, from origin, owned string) string {
	switch s.place {
	case placeKey:
		return owned
	case placeHeader, placeBody:
		return c.Caller.Hints[s.name]
	case placeAttribute:
		return text(from.span, s.name)
	default:
		return text(from.resource, s.name)
	}
}

func text(attributes pcommon.Map, name string) string {
	value, ok := attributes.Get(name)
	if !ok {
		return ""
	}
	return value.AsString()
}
