package fidelity

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What the validator does with values, in parts of a visit. It reads numbers anew for each comparison.
const (
	unitsPerPair   = 24 // of numbers that are compared
	unitsPerNumber = 16 // that is hashed
	unitsPerKey    = 4  // that is sorted
	unitsPerHashed = 2
	pairedMax      = 20 // items of an array whose items are compared with each other, and not hashed
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
		for _, one := range s.Enum.Values {
			if b.compare(value, one); b.left < 0 {
				return false
			}
		}
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

// unique is of uniqueItems. Of a long array the validator compares those items that have one hash, and such can be made.
func (b *bill) unique(array []any) bool {
	if len(array) <= pairedMax {
		for i := range array {
			b.compareAll(array[i], array[:i])
		}
		return b.left >= 0
	}
	var h xxhash.Digest
	hashed := map[uint64][]any{}
	for _, item := range array {
		h.Reset()
		if !b.hash(&h, item) {
			return false
		}
		if length(item) == 0 {
			continue // no more than a few numbers have one hash
		}
		sum := h.Sum64()
		b.compareAll(item, hashed[sum])
		hashed[sum] = append(hashed[sum], item)
	}
	return b.left >= 0
}

func (b *bill) compareAll(item any, others []any) {
	for i := 0; i < len(others) && b.left >= 0; i++ {
		b.compare(item, others[i])
	}
}

// hash hashes what the validator does: neither the sign of a number is in it nor where a part ends.
func (b *bill) hash(h *xxhash.Digest, value any) bool {
	switch value := value.(type) {
	case map[string]any:
		if !b.tag(h, "\x00", 0) {
			return false
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if !b.take(unitsPerKey) || !b.hash(h, key) || !b.hash(h, value[key]) {
				return false
			}
		}
		return true
	case []any:
		ok := b.tag(h, "\x01", 0)
		for i := 0; ok && i < len(value); i++ {
			ok = b.hash(h, value[i])
		}
		return ok
	case string:
		ok := b.tag(h, "\x04", len(value)/equalBytesUnit)
		_, _ = h.WriteString(value)
		return ok
	case json.Number:
		return b.tag(h, "\x05", unitsPerNumber+oversize(value)) && hashNumber(h, value)
	case bool:
		if value {
			return b.tag(h, "\x03\x01", 0)
		}
		return b.tag(h, "\x03\x00", 0)
	}
	return b.tag(h, "\x02", 0)
}

func (b *bill) tag(h *xxhash.Digest, tag string, units int) bool {
	_, _ = h.WriteString(tag)
	return b.take(unitsPerHashed + units)
}

func hashNumber(h *xxhash.Digest, number json.Number) bool {
	if n, ok := new(big.Rat).SetString(string(number)); ok {
		_, _ = h.Write(n.Num().Bytes())
		_, _ = h.Write(n.Denom().Bytes())
	}
	return true
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
