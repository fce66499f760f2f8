// Package recent remembers what was used recently, in bounded memory.
package recent

import (
	"math/bits"
	"slices"
)

// Table remembers values by the hashes of their keys and forgets those that were not used for long. It is set-associative, as
// a processor's cache: a hash belongs to one set of a few places, in which a new value takes the place of the one that was
// longest unused. So a look-up touches a few cache lines, however large the table is. A value that was used since other values
// came, a quarter as many as the table holds, is still there in 999 of 1,000 cases. Values without pointers cost the garbage
// collector nothing. A Table is not safe for concurrent use.
type Table[V any] struct {
	sets    []set[V]
	setsMax int
	fetched uint64
}

// ways is the number of places of a set. With more, fewer of a table's places are free when the first set is full and the table
// has to grow: with 8, a quarter of them is in use then, with 16, two fifths.
const ways = 16

// set has its places in order of use, the last used one first. The key 0 marks a free place.
type set[V any] struct {
	keys   [ways]uint64
	order  [ways]uint8
	values [ways]V
}

// setsFirst is how many sets there are before there is need of more.
const setsFirst = 32

// New makes a table with room for about size values, rounded up to whole sets; it is taken as it is needed.
func New[V any](size int) *Table[V] {
	setsMax := max((size+ways-1)/ways, 1)
	return &Table[V]{sets: newSets[V](min(setsFirst, setsMax)), setsMax: setsMax}
}

func newSets[V any](n int) []set[V] {
	sets := make([]set[V], n)
	for i := range sets {
		for place := range sets[i].order {
			sets[i].order[place] = uint8(place)
		}
	}
	return sets
}

// of gives the set of a key. Keys next to each other are spread.
func (t *Table[V]) of(key uint64) *set[V] {
	const golden = 0x9e3779b97f4a7c15
	i, _ := bits.Mul64(key*golden, uint64(len(t.sets)))
	return &t.sets[i]
}

// Fetch begins to load what is known of a key into the processor's cache, for a Get or Put that follows soon: the loads of
// several keys overlap.
func (t *Table[V]) Fetch(key uint64) {
	s := t.of(max(key, 1))
	t.fetched += s.keys[0] + s.keys[ways/2] + uint64(s.order[0]) // the compiler leaves out a load that nothing uses
}

// Get returns the value of a key and counts as its use.
func (t *Table[V]) Get(key uint64) (value V, ok bool) {
	s := t.of(max(key, 1))
	i := slices.Index(s.keys[:], max(key, 1))
	if i < 0 {
		return value, false
	}
	s.use(i)
	return s.values[i], true
}

// Put remembers a value.
func (t *Table[V]) Put(key uint64, value V) { t.Swap(key, value) }

// Swap remembers a value and returns the previous one, if there is one.
func (t *Table[V]) Swap(key uint64, value V) (before V, ok bool) {
	key = max(key, 1)
	s := t.of(key)
	i := slices.Index(s.keys[:], key)
	if ok = i >= 0; ok {
		before = s.values[i]
	} else {
		i = int(s.order[ways-1])
		if s.keys[i] != 0 && len(t.sets) < t.setsMax {
			t.grow()
			return t.Swap(key, value)
		}
	}
	s.use(i)
	s.keys[i], s.values[i] = key, value
	return before, ok
}

// Len counts what is remembered.
func (t *Table[V]) Len() (n int) {
	for i := range t.sets {
		for _, key := range t.sets[i].keys {
			if key != 0 {
				n++
			}
		}
	}
	return n
}

// use puts a place before all others.
func (s *set[V]) use(i int) {
	place := uint8(i)
	for at := range s.order {
		s.order[at], place = place, s.order[at]
		if place == uint8(i) {
			return
		}
	}
}

// grow doubles the sets.
func (t *Table[V]) grow() {
	old := t.sets
	t.sets = newSets[V](min(2*len(old), t.setsMax))
	for i := range old {
		for _, place := range slices.Backward(old[i].order[:]) {
			if key := old[i].keys[place]; key != 0 {
				t.Put(key, old[i].values[place])
			}
		}
	}
}
