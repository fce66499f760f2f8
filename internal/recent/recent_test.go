package recent

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForgetsTheLongestUnused(t *testing.T) {
	r := New[int](ways)
	for i := range uint64(100) {
		r.Put(i+1, int(i))
		_, ok := r.Get(1)
		require.True(t, ok, "used all the time")
		for j := max(0, int(i)-2); j <= int(i); j++ {
			value, ok := r.Get(uint64(j + 1))
			require.True(t, ok)
			require.Equal(t, j, value)
		}
	}
	require.Equal(t, ways, r.Len())
	_, ok := r.Get(50)
	require.False(t, ok)
}

func TestSwapGivesWhatWasBefore(t *testing.T) {
	table := New[int](4 * setsFirst * ways)
	for key := uint64(1); key < 2*setsFirst*ways; key++ { // it grows meanwhile
		_, ok := table.Swap(key, 1)
		require.False(t, ok)
		before, ok := table.Swap(key, 2)
		require.True(t, ok)
		require.Equal(t, 1, before)
		now, _ := table.Get(key)
		require.Equal(t, 2, now)
	}
}

func TestTellsTheKeyZero(t *testing.T) {
	r := New[int](1)
	_, ok := r.Get(0)
	require.False(t, ok)
	r.Put(0, 7)
	value, ok := r.Get(0)
	require.True(t, ok)
	require.Equal(t, 7, value)
}

// Keys that are hashes, and keys next to each other.
func TestRemembersAQuarter(t *testing.T) {
	const size, sample = 1 << 16, 16 // what is looked up is used again, and counts for others
	random := rand.New(rand.NewPCG(1, 2))
	for name, next := range map[string]func(i uint64) uint64{
		"hashes":   func(uint64) uint64 { return random.Uint64() },
		"numbered": func(i uint64) uint64 { return i + 1 },
	} {
		r := New[uint64](size)
		keys := make([]uint64, 3*size)
		forgotten := 0
		for i := range keys {
			keys[i] = next(uint64(i))
			r.Put(keys[i], keys[i])
			if i >= size/4 && i%sample == 0 {
				value, ok := r.Get(keys[i-size/4])
				require.True(t, !ok || value == keys[i-size/4])
				if !ok {
					forgotten++
				}
			}
		}
		require.Less(t, forgotten, len(keys)/sample/400, name)
		require.LessOrEqual(t, r.Len(), size, name)
		require.Greater(t, r.Len(), size*9/10, name)
	}
}

// While there is room, nothing is forgotten for another in its set.
func TestGrows(t *testing.T) {
	const size = 1 << 16
	random := rand.New(rand.NewPCG(3, 4))
	r := New[uint64](size)
	require.Len(t, r.sets, setsFirst)
	keys := make([]uint64, size/32)
	for i := range keys {
		keys[i] = random.Uint64()
		r.Put(keys[i], keys[i])
	}
	for _, key := range keys {
		value, ok := r.Get(key)
		require.True(t, ok)
		require.Equal(t, key, value)
	}
	require.Less(t, len(r.sets), size/ways)
}
