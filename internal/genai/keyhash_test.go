package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeyHash(t *testing.T) {
	// printf 'sk-ada' | openssl dgst -sha256 -hmac 'pepper'
	require.Equal(t, "7f112a66b2920a67", KeyHash("pepper", "sk-ada"))
	require.NotEqual(t, KeyHash("pepper", "sk-ada"), KeyHash("salt", "sk-ada"))
	require.NotEqual(t, KeyHash("pepper", "sk-ada"), KeyHash("pepper", "sk-bob"))
	require.Empty(t, KeyHash("pepper", ""))

	hasher := NewKeyHasher("pepper")
	for _, key := range []string{"sk-ada", "sk-ada", "sk-bob", "", "sk-bo", "sk-ada"} {
		require.Equal(t, KeyHash("pepper", key), hasher.Hash([]byte(key)))
	}
}
