package fidelity

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What the validator does with values, in parts of a visit. It reads numbers anew for each comparison.
const (
	unitsPerPair   = 24 // of numbers that are compared
	numberBytes    = 16 // of a number that takes no longer than the rest of its visit
	bitsPerUnit    = 16 // of a bound
	equalBytesUnit = 1024
)

// equality is of const and enum.
func (b *bill) equality(s *jsonschema.Schema, value any) bool {
	if s.Const != nil {
		b.compare(value, *s.Const)
	}
	if s.Enum != nil {
		b.compareAll(value, s.Enum.Values)
	}
	return b.left >= 0
}

// compare takes what telling two values apart costs, and is true where they may be equal. The validator goes through
// the keys of an object in any order, and so may come to the one that differs last.
func (b *bill) compare(one, other any) bool {
	if !b.take(1) {
		return false
	}
	switch one := one.(type) {
	case map[string]any:
		other, ok := other.(map[string]any)
		return ok && len(one) == len(other) && b.compareObjects(one, other)
	case []any:
		other, ok := other.([]any)
		if !ok || len(one) != len(other) {
			return false
		}
		for i := range one {
			if !b.compare(one[i], other[i]) {
				return false
			}
		}
		return true
	case json.Number:
		other, ok := other.(json.Number)
		return ok && b.take(unitsPerPair+oversize(one)+oversize(other))
	case string:
		other, ok := other.(string)
		return ok && len(one) == len(other) && b.take(len(one)/equalBytesUnit) && one == other
	}
	return one == other
}

func (b *bill) compareObjects(one, other map[string]any) bool {
	same := true
	for key, value := range one {
		with, ok := other[key]
		if !b.take(1 + len(key)/nameBytesUnit) {
			return false
		}
		same = ok && b.compare(value, with) && same
	}
	return same
}

// reckoning is what a number takes beside its visit.
func reckoning(s *jsonschema.Schema, number json.Number) int {
	units, over := 0, oversize(number)
	for _, bound := range [...]*big.Rat{s.Minimum, s.Maximum, s.ExclusiveMinimum, s.ExclusiveMaximum, s.MultipleOf} {
		if bound != nil {
			units += unitsPerBounds + over + (bound.Num().BitLen()+bound.Denom().BitLen())/bitsPerUnit
		}
	}
	return units + over
}

// oversize is what reading a number takes that is longer than most, or has a large exponent.
func oversize(number json.Number) int {
	if len(number) <= numberBytes && strings.IndexByte(string(number), 'e') < 0 && strings.IndexByte(string(number), 'E') < 0 {
		return 0
	}
	_, exponent, _ := strings.Cut(strings.ToLower(string(number)), "e")
	n, _ := strconv.Atoi(exponent)
	return len(number)/8 + max(n, -n)/4
}
