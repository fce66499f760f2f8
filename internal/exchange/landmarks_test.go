package exchange

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLandmarks(t *testing.T) {
	var l Landmarks
	l.Note(10, LandmarkBytesMin-1, 0)
	l.Note(20, LandmarkBytesMin, 3)
	l.Note(20, 2*LandmarkBytesMin, 4) // is not behind the one before
	l.Note(5_000, 2_000, 5)
	find := func(from, length, count int, ok bool) {
		t.Helper()
		for _, next := range []int{0, 1} { // a search goes on where the last one ended, or begins anew
			if next == 1 && from < 5_000 {
				continue
			}
			gotLength, gotCount, found := l.Find(from, &next)
			require.Equal(t, ok, found)
			if ok {
				require.Equal(t, length, gotLength)
				require.Equal(t, count, gotCount)
			}
		}
	}
	find(10, 0, 0, false)
	find(20, LandmarkBytesMin, 3, true)
	find(21, 0, 0, false)
	find(5_000, 2_000, 5, true)
	find(9_000, 0, 0, false)

	l.Forget()
	find(20, 0, 0, false)
}

func TestLandmarksMax(t *testing.T) {
	var l Landmarks
	for i := range LandmarksMax + 1 {
		l.Note(i, LandmarkBytesMin, i)
	}
	for i := range LandmarksMax {
		_, count, ok := l.Find(i, new(int))
		require.True(t, ok)
		require.Equal(t, i, count)
	}
	_, _, ok := l.Find(LandmarksMax, new(int))
	require.False(t, ok)
}
