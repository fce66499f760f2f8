package jsonscan

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// What was noted of a text makes no difference to what is read of it, nor of its beginning.
func TestLandmarksMakeNoDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	found := 0
	for range 300 {
		values := make([]any, 1+random.IntN(6))
		for i := range values {
			values[i] = map[string]any{"content": strings.Repeat(`say "\a" to `, random.IntN(300)), "n": i}
		}
		text, err := json.Marshal(values)
		require.NoError(t, err)

		var landmarks exchange.Landmarks
		skipping := New(text)
		skipping.Remember(&landmarks)
		skipping.Skip()
		require.NoError(t, skipping.Err())
		_, _, ok := landmarks.Find(strings.Index(string(text), `say`), new(int))
		if ok {
			found++
		}

		for _, end := range []int{len(text), random.IntN(len(text))} {
			plain, remembering := New(text[:end]), New(text[:end])
			remembering.Remember(&landmarks)
			require.Equal(t, read(&plain), read(&remembering))
			require.Equal(t, plain.Err(), remembering.Err())
			require.Equal(t, plain.Pos(), remembering.Pos())
		}
	}
	require.Positive(t, found)
}

// A string that the text's end cuts is none of which the end is known.
func TestCutStringIsNoLandmark(t *testing.T) {
	var landmarks exchange.Landmarks
	whole := []byte(`{"a":"` + strings.Repeat("x", 3*exchange.LandmarkBytesMin) + `"}`)
	r := New(whole[:2*exchange.LandmarkBytesMin])
	r.Remember(&landmarks)
	r.Skip()
	require.ErrorIs(t, r.Err(), ErrCut)
	_, _, ok := landmarks.Find(len(`{"a":"`), new(int))
	require.False(t, ok)
}
