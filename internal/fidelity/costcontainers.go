package fidelity

import "github.com/santhosh-tekuri/jsonschema/v6"

// namesUnits is of a list of names, each of which is looked up in an object and is in the finding if missing.
func namesUnits(names []string) int {
	units := len(names)
	for _, name := range names {
		units += len(name) / nameBytesUnit
	}
	return units
}

// dependent is of what an object with a certain key has to have or be.
func (b *bill) dependent(s *jsonschema.Schema, object map[string]any, depth int, marks bool) bool {
	units := len(s.DependentRequired) + len(s.Dependencies) + len(s.DependentSchemas)
	for name, required := range s.DependentRequired {
		if _, ok := object[name]; ok {
			units += namesUnits(required)
		}
	}
	for name, dependency := range s.Dependencies {
		if _, ok := object[name]; !ok {
			continue
		}
		required, _ := dependency.([]string)
		sub, _ := dependency.(*jsonschema.Schema)
		if units += namesUnits(required); !b.visit(sub, object, depth, marks) {
			return false
		}
	}
	for name, sub := range s.DependentSchemas {
		if _, ok := object[name]; ok && !b.visit(sub, object, depth, marks) {
			return false
		}
	}
	return b.take(units)
}

func (b *bill) object(s *jsonschema.Schema, object map[string]any, depth int) bool {
	additional, _ := s.AdditionalProperties.(*jsonschema.Schema)
	for key, value := range object {
		if !b.take(1 + len(key)/nameBytesUnit) {
			return false
		}
		for _, sub := range [...]*jsonschema.Schema{s.Properties[key], additional, s.UnevaluatedProperties} {
			if !b.visit(sub, value, depth, false) {
				return false
			}
		}
		if s.PropertyNames != nil && !b.visit(s.PropertyNames, key, depth, false) {
			return false
		}
		for pattern, sub := range s.PatternProperties {
			if !b.match(pattern, key) || !b.visit(sub, value, depth, false) {
				return false
			}
		}
	}
	return true
}

func (b *bill) array(s *jsonschema.Schema, array []any, depth int) bool {
	items, _ := s.Items.(*jsonschema.Schema)
	additional, _ := s.AdditionalItems.(*jsonschema.Schema)
	prefix := s.PrefixItems
	if list, ok := s.Items.([]*jsonschema.Schema); ok {
		prefix = list
	}
	for i, value := range array {
		for _, sub := range [...]*jsonschema.Schema{s.Items2020, s.Contains, s.UnevaluatedItems, items, additional} {
			if !b.visit(sub, value, depth, false) {
				return false
			}
		}
		if i < len(prefix) && !b.visit(prefix[i], value, depth, false) {
			return false
		}
	}
	return true
}
