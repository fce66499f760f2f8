package genai

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
)

// keyHashBytes is how much of the HMAC is kept: enough to tell keys apart, too little to be of use elsewhere.
const keyHashBytes = 8

// KeyHasher gives the keyed hash of an API key that stands for the key in spans and rows. It may be used by several
// goroutines at once.
type KeyHasher struct{ free sync.Pool }

// NewKeyHasher makes a KeyHasher of a secret.
func NewKeyHasher(secret string) *KeyHasher {
	return &KeyHasher{free: sync.Pool{New: func() any {
		return &keyMAC{Hash: hmac.New(sha256.New, []byte(secret))}
	}}}
}

// keyMAC keeps the secret's share of the work, room for a hash, and the key that was hashed last, as one application's
// calls follow one another.
type keyMAC struct {
	hash.Hash
	sum  []byte
	key  []byte
	text string // of the key
}

// Hash gives the first 8 bytes of the key's HMAC-SHA256 under the secret, in hex. An empty key has an empty hash.
func (h *KeyHasher) Hash(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	mac := h.free.Get().(*keyMAC)
	defer h.free.Put(mac)
	if !bytes.Equal(mac.key, key) {
		mac.Reset()
		_, _ = mac.Write(key)
		mac.sum = mac.Sum(mac.sum[:0])
		mac.key, mac.text = append(mac.key[:0], key...), hex.EncodeToString(mac.sum[:keyHashBytes])
	}
	return mac.text
}

// IsKeyHash tells whether a text has the form of a hash; a key itself has not.
func IsKeyHash(text string) bool {
	return len(text) == hex.EncodedLen(keyHashBytes) && strings.Trim(text, "0123456789abcdef") == ""
}

// TrimKey gives a key of the configuration as headers have it: a file that holds one, as of ${file:...}, mostly ends with a line break.
func TrimKey[T ~string](key T) string { return strings.TrimSpace(string(key)) }

// KeyHash is Hash for a single key.
func KeyHash(secret, key string) string { return NewKeyHasher(secret).Hash([]byte(key)) }
