package tokens

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestEstimate(t *testing.T) {
	f := func(text string, want int64) {
		t.Helper()
		require.Equal(t, want, Estimate(text))
		require.Equal(t, want, Estimate([]byte(text)))
	}
	f("", 0)
	f("a", 1)
	f("abcd", 1)
	f("abcde", 2)
	f("日本語", 3)
	f("né", 2)
}

// Every byte counts by itself, wherever it stands in the words that are looked at.
func TestEstimateIsOfBytes(t *testing.T) {
	for _, text := range []string{"日本語のテキスト, né à 12:34 😀", "\x80\xff\xc0\x7f\x00", strings.Repeat("aé", 40)} {
		for from := range len(text) {
			part := text[from:]
			ascii, other := 0, 0
			for i := range len(part) {
				switch {
				case part[i] < utf8.RuneSelf:
					ascii++
				case utf8.RuneStart(part[i]):
					other++
				}
			}
			require.Equal(t, OfSize(int64(ascii))+int64(other), Estimate(part), "%q", part)
		}
	}
}

func BenchmarkEstimate(b *testing.B) {
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog; né. ", 256<<10/49))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Estimate(text)
	}
}
