package genaiprocessor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecentForgetsTheLongestUnused(t *testing.T) {
	r := newRecent[int](ways)
	for i := range uint64(100) {
		r.put(i+1, int(i))
		_, ok := r.get(1)
		require.True(t, ok, "used all the time")
		for j := max(0, int(i)-2); j <= int(i); j++ {
			value, ok := r.get(uint64(j + 1))
			require.True(t, ok)
			require.Equal(t, j, value)
		}
	}
	require.Equal(t, ways, r.len())
	_, ok := r.get(50)
	require.False(t, ok)
}

func TestRecentTellsTheKeyZero(t *testing.T) {
	r := newRecent[int](1)
	_, ok := r.get(0)
	require.False(t, ok)
	r.put(0, 7)
	value, ok := r.get(0)
	require.True(t, ok)
	require.Equal(t, 7, value)
}

// Keys that are hashes, and keys next to each other.
func TestRecentRemembersAQuarter(t *testing.T) {
	const size, sample = 1 << 16, 16 // what is looked up is used again, and counts for others
	random := rand.New(rand.NewPCG(1, 2))
	for name, next := range map[string]func(i uint64) uint64{
		"hashes":   func(uint64) uint64 { return random.Uint64() },
		"numbered": func(i uint64) uint64 { return i + 1 },
	} {
		r := newRecent[uint64](size)
		keys := make([]uint64, 3*size)
		forgotten := 0
		for i := range keys {
			keys[i] = next(uint64(i))
			r.put(keys[i], keys[i])
			if i >= size/4 && i%sample == 0 {
				value, ok := r.get(keys[i-size/4])
				require.True(t, !ok || value == keys[i-size/4])
				if !ok {
					forgotten++
				}
			}
		}
		require.Less(t, forgotten, len(keys)/sample/400, name)
		require.LessOrEqual(t, r.len(), size, name)
		require.Greater(t, r.len(), size*9/10, name)
	}
}

// While there is room, nothing is forgotten for another in its set.
func TestRecentGrows(t *testing.T) {
	const size = 1 << 16
	random := rand.New(rand.NewPCG(3, 4))
	r := newRecent[uint64](size)
	require.Len(t, r.sets, setsFirst)
	keys := make([]uint64, size/32)
	for i := range keys {
		keys[i] = random.Uint64()
		r.put(keys[i], keys[i])
	}
	for _, key := range keys {
		value, ok := r.get(key)
		require.True(t, ok)
		require.Equal(t, key, value)
	}
	require.Less(t, len(r.sets), size/ways)
}

func (r *recent[V]) len() (n int) {
	for i := range r.sets {
		for _, key := range r.sets[i].keys {
			if key != 0 {
				n++
			}
		}
	}
	return n
}
