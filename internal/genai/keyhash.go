package genai

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// keyHashBytes is how much of the HMAC is kept: enough to tell keys apart, too little to be of use elsewhere.
const keyHashBytes = 8

// KeyHash gives the keyed hash of an API key that stands for the key in spans and rows: the first 8 bytes of its
// HMAC-SHA256 under secret, in hex. An empty key has an empty hash.
func KeyHash(secret, key string) string {
	if key == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(key))
	return hex.EncodeToString(mac.Sum(nil)[:keyHashBytes])
}
