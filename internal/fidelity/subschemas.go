package fidelity

import "github.com/santhosh-tekuri/jsonschema/v6"

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
