package jsonscan

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// closingByByte says what closing is to give.
func closingByByte(in []byte) int {
	for i := 0; i < len(in); i++ {
		switch in[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func requireClosing(t *testing.T, in []byte) {
	t.Helper()
	want := closingByByte(in)
	at, slashes := closing(in)
	require.Equal(t, want, at, "%q", in)
	require.Equal(t, want, closingFrom(in, 0), "%q", in)
	if at < 0 {
		at = len(in)
	}
	require.Equal(t, bytes.Count(in[:at], []byte(`\`)), slashes, "%q", in)
}

// The quote that ends a string is found wherever runs of backslashes lie to the blocks of 64 bytes.
func TestClosingQuote(t *testing.T) {
	for length := range 4 * blockBytes {
		for run := range 5 {
			in := []byte(strings.Repeat("x", length) + strings.Repeat(`\`, run) + `"` + strings.Repeat(`y\"`, blockBytes) + `"`)
			for from := range min(length, 3) {
				requireClosing(t, in[from:])
			}
			requireClosing(t, in)
			requireClosing(t, bytes.Repeat([]byte(`\`), length+run))
			requireClosing(t, append(bytes.Repeat([]byte(`\`), length+run), '"'))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		in := make([]byte, random.IntN(5*blockBytes))
		odds := 2 + random.IntN(60)
		for i := range in {
			in[i] = `\"`[min(random.IntN(odds), 1)]
			if random.IntN(4) > 0 {
				in[i] = 'x'
			}
		}
		requireClosing(t, in)
	}
}

func FuzzClosing(f *testing.F) {
	f.Add([]byte(strings.Repeat(`\\\"`, 40) + `"`))
	f.Fuzz(requireClosing)
}

// BenchmarkClosing is of 256 KB in which strings are as dense as in prose, in code and in JSON that a tool gave.
func BenchmarkClosing(b *testing.B) {
	for _, every := range []int{0, 32, 6} {
		in := bytes.Repeat([]byte("x"), 256<<10)
		for i := 0; every > 0 && i+1 < len(in); i += every {
			copy(in[i:], `\"`)
		}
		in[len(in)-1] = '"'
		for name, find := range map[string]func(){
			"blocks":   func() { closing(in) },
			"portable": func() { closingFrom(in, 0) },
		} {
			b.Run(fmt.Sprintf("every%d/%s", every, name), func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				for b.Loop() {
					find()
				}
			})
		}
	}
}

// BenchmarkSkip is of values that the decoders pass over: a vector, and a list of tools.
func BenchmarkSkip(b *testing.B) {
	values := map[string]string{
		"numbers": `[` + strings.Repeat(`-0.01234567,`, 20_000) + `0]`,
		"objects": `[` + strings.Repeat(`{"type":"function","function":{"name":"f","parameters":{"type":"object","required":["city"]}}},`, 2_000) + `0]`,
	}
	for name, value := range values {
		b.Run(name, func(b *testing.B) {
			in := []byte(value)
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				r := New(in)
				r.Skip()
			}
		})
	}
}
