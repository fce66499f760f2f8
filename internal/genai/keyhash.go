package genai

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
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

// keyMAC keeps the secret's share of the work, and room for a hash.
type keyMAC struct {
	hash.Hash
	sum []byte
}

// Hash gives the first 8 bytes of the key's HMAC-SHA256 under the secret, in hex. An empty key has an empty hash.
func (h *KeyHasher) Hash(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	mac := h.free.Get().(*keyMAC)
	defer h.free.Put(mac)
	mac.Reset()
	_, _ = mac.Write(key)
	mac.sum = mac.Sum(mac.sum[:0])
	return hex.EncodeToString(mac.sum[:keyHashBytes])
}

// KeyHash is Hash for a single key.
func KeyHash(secret, key string) string { return NewKeyHasher(secret).Hash([]byte(key)) }
