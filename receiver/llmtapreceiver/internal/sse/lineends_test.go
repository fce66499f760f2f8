package sse

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLineEndsAreTheNextOnes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		text := make([]byte, random.IntN(40))
		for i := range text {
			text[i] = "\n\rabcd"[random.IntN(6)]
		}
		ends := LineEndsOf(text)
		for at := 0; at <= len(text); at += random.IntN(4) {
			want := bytes.IndexAny(text[at:], "\r\n")
			if want < 0 {
				want = len(text) - at
			}
			require.Equal(t, at+want, ends.From(at), "%q from %d", text, at)
			if at == len(text) {
				break
			}
		}
	}
}
