package llmtapreceiver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

// accepted are API keys by their hash under a secret that only this process knows: the time that a look-up takes tells
// nothing of them.
type accepted struct {
	secret [32]byte
	hashes map[[sha256.Size]byte]struct{}
}

// newAccepted gives nil for an empty list, by which every request is accepted.
func newAccepted(keys []configopaque.String) *accepted {
	if len(keys) == 0 {
		return nil
	}
	a := &accepted{hashes: make(map[[sha256.Size]byte]struct{}, len(keys))}
	_, _ = rand.Read(a.secret[:]) // never fails
	for _, key := range keys {
		a.hashes[a.hash([]byte(genai.TrimKey(key)))] = struct{}{}
	}
	return a
}

// allows tells whether the request of a header block carries an accepted key.
func (a *accepted) allows(header exchange.Header) bool {
	_, ok := a.hashes[a.hash(caller.Key(&exchange.Message{Header: header}))]
	return ok
}

func (a *accepted) hash(key []byte) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, a.secret[:])
	_, _ = mac.Write(key)
	mac.Sum(sum[:0])
	return sum
}

func (c *Config) validateKeys() error {
	var errs []error
	for i, key := range c.AcceptedKeys {
		switch key := genai.TrimKey(key); {
		case key == "":
			errs = append(errs, fmt.Errorf("accepted_keys::%d: is empty; remove it", i))
		case strings.ContainsAny(key, "\r\n\x00"): // which no header has
			errs = append(errs, fmt.Errorf("accepted_keys::%d: has several lines; give each key an entry of its own", i))
		}
	}
	return errors.Join(errs...)
}
