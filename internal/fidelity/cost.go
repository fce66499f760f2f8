package fidelity

import (
	"encoding/json"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Limits of the work of validations, in visits of a subschema with a value. The validator has no bound of its own, and
// a schema of a kilobyte can ask for 2^30 visits of one number.
const (
	costMax = 30_000  // of one validation
	costSum = 120_000 // of all validations of a call
)

// What the validator does, in parts of a visit, as measured and rounded up.
const (
	unitsPerVisit  = 8
	unitsPerBool   = 4 // a visit of true, false or {}
	unitsPerMark   = 5 // a key or an item whose evaluation is kept track of
	unitsPerMatch  = 2 // beside the steps of the pattern's machine
	bytesPerUnit   = 64
	nameBytesUnit  = 512
	levelsPerUnit  = 8  // each finding has the place of its value
	stepsPerVisit  = 64 // of a pattern's machine
	costDepthMax   = 256
	unitsPerBounds = 2 // a bound of a number
)

// account is what the judgement of one call has cost so far.
type account struct {
	units    int // of validations
	compiled int // bytes of schemas
	read     int // JSON values
}

// affords tells whether a validation may still be done, and takes what it costs at most off what is left.
func (a *account) affords(validation func(*bill) bool) bool {
	most := max(0, min(costMax*unitsPerVisit, costSum*unitsPerVisit-a.units))
	b := bill{left: most}
	ok := validation(&b) && b.left >= 0
	a.units += most - max(b.left, 0)
	return ok
}

// bill is what one validation may still cost.
type bill struct{ left int }

func (b *bill) take(units int) bool {
	b.left -= units
	return b.left >= 0
}

// visit takes what the visit of a value costs, with all below it. It walks as the validator does, without judging, so
// that it costs no more than the bill itself. marks tells that a schema around this one, of the same value, keeps track
// of what is evaluated.
func (b *bill) visit(s *jsonschema.Schema, value any, depth int, marks bool) bool {
	if s == nil {
		return true
	}
	marks = marks || s.UnevaluatedProperties != nil || s.UnevaluatedItems != nil
	if marks && !b.take(unitsPerMark*length(value)) {
		return false
	}
	if s.Bool != nil {
		return b.take(unitsPerBool)
	}
	if !b.take(unitsPerVisit+depth/levelsPerUnit) || depth > costDepthMax {
		return false
	}
	if (s.Enum != nil || s.Const != nil) && !b.equality(s, value) {
		return false
	}
	return b.inPlace(s, value, depth+1, marks) && b.ofKind(s, value, depth, marks)
}

// inPlace is of the subschemas that judge the same value.
func (b *bill) inPlace(s *jsonschema.Schema, value any, depth int, marks bool) bool {
	for _, subs := range [...][]*jsonschema.Schema{{s.Ref, s.Not, s.If, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range subs {
			if !b.visit(sub, value, depth, marks) {
				return false
			}
		}
	}
	return true
}

// ofKind is of the keywords for one kind of value.
func (b *bill) ofKind(s *jsonschema.Schema, value any, depth int, marks bool) bool {
	switch value := value.(type) {
	case map[string]any:
		return b.take(namesUnits(s.Required)) && b.dependent(s, value, depth+1, marks) && b.object(s, value, depth+1)
	case []any:
		return (!s.UniqueItems || b.unique(value)) && b.array(s, value, depth+1)
	case string:
		if (s.MinLength != nil || s.MaxLength != nil) && !b.take(len(value)/bytesPerUnit) {
			return false
		}
		return s.Pattern == nil || b.match(s.Pattern, value)
	case json.Number:
		return b.take(reckoning(s, value))
	}
	return true
}

func length(value any) int {
	switch value := value.(type) {
	case map[string]any:
		return len(value)
	case []any:
		return len(value)
	}
	return 0
}

// match is of a pattern. Go's engine takes time in proportion to its machine and the text.
func (b *bill) match(p jsonschema.Regexp, text string) bool {
	units := unitsPerMatch
	if p, ok := p.(*pattern); ok {
		units += p.steps * len(text) * unitsPerVisit / stepsPerVisit
	}
	return b.take(units)
}
