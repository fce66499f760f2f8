package fidelity

import (
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// costMax bounds the work of one validation, in visits of a subschema with a value. The validator has no bound of its
// own, and a schema of a kilobyte can ask for 2^30 visits of one number.
const costMax = 20_000

// affordable takes what a validation costs at most off the budget; it is false when that does not suffice. It walks
// as the validator does, without judging, so that it costs no more than the budget itself.
func affordable(s *jsonschema.Schema, value any, depth int, budget *int) bool {
	if s == nil || s.Bool != nil {
		return true
	}
	if *budget--; *budget < 0 || depth > costDepthMax {
		return false
	}
	if s.Enum != nil {
		*budget -= len(s.Enum.Values) / 8
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {
		s.Ref, s.Not, s.If, s.Then, s.Else,
	}} {
		for _, sub := range list {
			if !affordable(sub, value, depth+1, budget) {
				return false
			}
		}
	}
	switch value := value.(type) {
	case map[string]any:
		return affordableObject(s, value, depth, budget)
	case []any:
		return affordableArray(s, value, depth, budget)
	case string:
		return affordableText(s.Pattern, value, budget)
	}
	return true
}

// costDepthMax bounds how deep subschemas may refer to each other before they consume a value.
const costDepthMax = 256

func affordableObject(s *jsonschema.Schema, object map[string]any, depth int, budget *int) bool {
	for _, sub := range s.DependentSchemas {
		if !affordable(sub, object, depth+1, budget) {
			return false
		}
	}
	for _, dependency := range s.Dependencies {
		if sub, ok := dependency.(*jsonschema.Schema); ok && !affordable(sub, object, depth+1, budget) {
			return false
		}
	}
	additional, _ := s.AdditionalProperties.(*jsonschema.Schema)
	for key, value := range object {
		for _, sub := range []*jsonschema.Schema{s.Properties[key], additional, s.UnevaluatedProperties} {
			if !affordable(sub, value, depth+1, budget) {
				return false
			}
		}
		if !affordable(s.PropertyNames, key, depth+1, budget) {
			return false
		}
		for pattern, sub := range s.PatternProperties {
			if !affordableText(pattern, key, budget) || !affordable(sub, value, depth+1, budget) {
				return false
			}
		}
	}
	return true
}

func affordableArray(s *jsonschema.Schema, array []any, depth int, budget *int) bool {
	if s.UniqueItems {
		*budget -= len(array)
	}
	var subs []*jsonschema.Schema
	subs = append(subs, s.Items2020, s.Contains, s.UnevaluatedItems)
	for _, items := range []any{s.Items, s.AdditionalItems} {
		if sub, ok := items.(*jsonschema.Schema); ok {
			subs = append(subs, sub)
		}
	}
	prefix := s.PrefixItems
	if list, ok := s.Items.([]*jsonschema.Schema); ok {
		prefix = list
	}
	for i, value := range array {
		for _, sub := range subs {
			if !affordable(sub, value, depth+1, budget) {
				return false
			}
		}
		if i < len(prefix) && !affordable(prefix[i], value, depth+1, budget) {
			return false
		}
	}
	return true
}

// stepsPerVisit is how many steps of a pattern's machine cost as much as a visit.
const stepsPerVisit = 64

func affordableText(p jsonschema.Regexp, text string, budget *int) bool {
	if p, ok := p.(*pattern); ok {
		*budget -= p.instructions * len(text) / stepsPerVisit
	}
	return *budget >= 0
}

// patternBytesMax and patternStepsMax bound a pattern and the machine that it becomes.
const (
	patternBytesMax = 1024
	patternStepsMax = 10_000
)

// pattern is a regular expression with its size. Go's engine takes time in proportion to that and the text.
type pattern struct {
	*regexp.Regexp
	instructions int
}

// compilePattern compiles a pattern of the dialect that Go and JavaScript share; another one makes its schema useless.
func compilePattern(text string) (jsonschema.Regexp, error) {
	if len(text) > patternBytesMax {
		return nil, errOver
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > patternStepsMax {
		return nil, errOver
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return &pattern{compiled, len(program.Inst)}, nil
}

// prepare takes the formats off a schema and all below it: they are annotations, and old drafts assert them. It is
// false for a schema with references that are resolved only while validating, whose cost cannot be told.
func prepare(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) bool {
	if s == nil || seen[s] {
		return true
	}
	if s.RecursiveRef != nil || s.DynamicRef != nil {
		return false
	}
	seen[s] = true
	s.Format = nil
	for _, sub := range subschemas(s) {
		if !prepare(sub, seen) {
			return false
		}
	}
	return true
}

func subschemas(s *jsonschema.Schema) []*jsonschema.Schema {
	subs := []*jsonschema.Schema{
		s.Ref, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.Items2020, s.Contains,
		s.UnevaluatedProperties, s.UnevaluatedItems, s.ContentSchema,
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems} {
		subs = append(subs, list...)
	}
	for _, named := range []map[string]*jsonschema.Schema{s.Properties, s.DependentSchemas} {
		for _, sub := range named {
			subs = append(subs, sub)
		}
	}
	for _, sub := range s.PatternProperties {
		subs = append(subs, sub)
	}
	for _, dependency := range s.Dependencies {
		subs = append(subs, either(dependency)...)
	}
	subs = append(subs, either(s.Items)...)
	subs = append(subs, either(s.AdditionalItems)...)
	return append(subs, either(s.AdditionalProperties)...)
}

// either gives the subschemas of a keyword that takes one, a list or something else.
func either(keyword any) []*jsonschema.Schema {
	switch keyword := keyword.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{keyword}
	case []*jsonschema.Schema:
		return keyword
	}
	return nil
}
