package scriptedmodel

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whether the model speaks is proven by the tests that run llama-server with it.
func TestWriteIsDeterministic(t *testing.T) {
	read := func() string {
		path := filepath.Join(t.TempDir(), "model.gguf")
		require.NoError(t, Write(path))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	first := read()
	require.Equal(t, "GGUF\x03\x00\x00\x00", first[:8])
	require.Equal(t, first, read())
}

func TestBytesAreWrittenAsLetters(t *testing.T) {
	seen := map[string]bool{}
	for b := range 256 {
		letter := byteRune(byte(b))
		require.Len(t, []rune(letter), 1)
		require.False(t, seen[letter])
		seen[letter] = true
	}
	require.Equal(t, "Ġa", written(" a"))
	require.Equal(t, "Ċ", written("\n"))
	require.Equal(t, "Ã¤", written("ä"))
}
