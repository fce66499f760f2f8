package genaiprocessor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/keysecret"
	"github.com/llmtap/llmtap/internal/settings"
)

// keyMap tells whose an API key is, by the key's hash. Keys of the configuration go before those of the file.
type keyMap struct {
	cfg    *IdentityConfig
	owners atomic.Pointer[map[string]KeyConfig]
	ofFile []KeyConfig
	// started lets the secret be made. Before the start no call comes, and the command validate ends.
	started bool
}

func newKeyMap(cfg *IdentityConfig) (*keyMap, error) {
	m := &keyMap{cfg: cfg}
	return m, m.set(nil)
}

// start makes the secret where there is none.
func (m *keyMap) start() error {
	m.started = true
	return m.set(m.ofFile)
}

func (m *keyMap) owner(hash string) KeyConfig {
	if hash == "" {
		return KeyConfig{}
	}
	return (*m.owners.Load())[hash]
}

// set puts the keys of the file beside those of the configuration.
func (m *keyMap) set(ofFile []KeyConfig) error {
	secret := m.cfg.KeyHashSecret
	if hasPlain(m.cfg.Keys) || hasPlain(ofFile) {
		got, err := m.secret()
		if err != nil {
			return err
		}
		secret = configopaque.String(got)
	}
	owners := make(map[string]KeyConfig, len(m.cfg.Keys)+len(ofFile))
	var errs []error
	add := func(where string, keys []KeyConfig) {
		seen := make(map[string]int, len(keys))
		for i, k := range keys {
			hash := k.hash(secret)
			if first, ok := seen[hash]; ok {
				errs = append(errs, fmt.Errorf("%s::%d: is the same key as %s::%d; keep one of them", where, i, where, first))
			}
			seen[hash] = i
			owners[hash] = KeyConfig{User: k.User, Team: k.Team, App: k.App}
		}
	}
	add("keys of the file", ofFile)
	add("keys", m.cfg.Keys)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	m.owners.Store(&owners)
	m.ofFile = ofFile
	return nil
}

func (m *keyMap) secret() (string, error) {
	if m.started {
		return keysecret.Get(m.cfg.KeyHashSecret, m.cfg.KeyHashSecretFile)
	}
	secret, err := keysecret.Find(m.cfg.KeyHashSecret, m.cfg.KeyHashSecretFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return secret, err
}

func hasPlain(keys []KeyConfig) bool {
	return slices.ContainsFunc(keys, func(k KeyConfig) bool { return genai.TrimKey(k.Key) != "" })
}

func (k *KeyConfig) hash(secret configopaque.String) string {
	if key := genai.TrimKey(k.Key); key != "" {
		return genai.KeyHash(string(secret), key)
	}
	return k.Hash
}

var (
	errKeysFile = errors.New("is no list of keys; give keys: and under it entries of key or hash, and user, team or app")
	errKey      = errors.New("is no key; give key or hash, and user, team or app, each of them as text, numbers in quotes")
)

// take reads the file of keys. Its errors say where something is wrong, but nothing of what stands there, which may be a key.
func (m *keyMap) take(text []byte) error {
	var file struct {
		Keys []any `mapstructure:"keys"`
	}
	if settings.UnmarshalFile(text, "keys", &file) != nil {
		return errKeysFile
	}
	keys := make([]KeyConfig, len(file.Keys))
	var errs []error
	for i, entry := range file.Keys {
		var err error
		if keys[i], err = readKey(entry); err != nil {
			errs = append(errs, fmt.Errorf("keys::%d: %w", i, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return m.set(keys)
}

func readKey(entry any) (KeyConfig, error) {
	var k KeyConfig
	fields, ok := entry.(map[string]any)
	if !ok || settings.Unmarshal(confmap.NewFromStringMap(fields), &k) != nil {
		return k, errKey
	}
	return k, k.Validate()
}
