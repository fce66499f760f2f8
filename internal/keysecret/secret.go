// Package keysecret keeps the secret under which API keys are hashed. The receiver hashes keys with it, and the processor
// the keys of its configuration, to know whose they are.
package keysecret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"
)

// secretBytes is the length of a secret that we make, before it is written in hex.
const secretBytes = 32

// Get returns the configured secret or, without one, the secret in the file, which it creates if it does not exist.
func Get(configured configopaque.String, file string) (string, error) {
	secret, err := Find(configured, file)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := makeSecret(file); err != nil {
		return "", fmt.Errorf("key_hash_secret_file: %w", err)
	}
	return Find(configured, file)
}

// Find is Get that creates nothing: of a file that does not exist the error is fs.ErrNotExist.
func Find(configured configopaque.String, file string) (string, error) {
	if configured != "" {
		return string(configured), nil
	}
	if file == "" {
		return "", errors.New("key_hash_secret, key_hash_secret_file: give one of them")
	}
	secret, err := readSecret(file)
	if err != nil {
		return "", fmt.Errorf("key_hash_secret_file: %w", err)
	}
	return secret, nil
}

func readSecret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < secretBytes {
		return "", fmt.Errorf("%s: holds fewer than %d characters; remove it to get a new secret", path, secretBytes)
	}
	return secret, nil
}

// makeSecret writes a secret beside path and links it there, so that of several that start at once one wins and none
// reads half a file.
func makeSecret(path string) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".key_hash_secret-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	_, err = file.WriteString(hex.EncodeToString(secret) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err = os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
