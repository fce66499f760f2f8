package fidelity

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// What the validator does to find items that are the same, in parts of a visit.
const (
	unitsPerNumber = 16 // that is hashed
	unitsPerKey    = 4  // that is sorted
	unitsPerHashed = 2
	pairedMax      = 20 // items of an array whose items are compared with each other, and not hashed
)

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
		ok := b.tag(h, "\x05", unitsPerNumber+oversize(value))
		if ok {
			hashNumber(h, value)
		}
		return ok
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

func hashNumber(h *xxhash.Digest, number json.Number) {
	if n, ok := new(big.Rat).SetString(string(number)); ok {
		_, _ = h.Write(n.Num().Bytes())
		_, _ = h.Write(n.Denom().Bytes())
	}
}
