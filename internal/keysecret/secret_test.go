package keysecret

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfiguredSecretWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	secret, err := Get("pepper", path)
	require.NoError(t, err)
	require.Equal(t, "pepper", secret)
	require.NoFileExists(t, path)
}

func TestSecretIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "secret")
	var starts sync.WaitGroup
	secrets := make([]string, 8)
	for i := range secrets {
		starts.Go(func() {
			secret, err := Get("", path)
			if err == nil {
				secrets[i] = secret
			}
		})
	}
	starts.Wait()
	require.Len(t, secrets[0], 2*secretBytes)
	for _, secret := range secrets {
		require.Equal(t, secrets[0], secret)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left beside it")

	other, err := Get("", filepath.Join(t.TempDir(), "secret"))
	require.NoError(t, err)
	require.NotEqual(t, secrets[0], other)
}

func TestOneOfThemIsNeeded(t *testing.T) {
	_, err := Get("", "")
	require.EqualError(t, err, "key_hash_secret, key_hash_secret_file: give one of them")
}

func TestShortSecretFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", secretBytes-1)+"\n"), 0o600))
	_, err := Get("", path)
	require.ErrorContains(t, err, "key_hash_secret_file: ")
	require.NotContains(t, err.Error(), "xxx")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", secretBytes)+"\n"), 0o600))
	secret, err := Get("", path)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("x", secretBytes), secret)
}

func TestSecretFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Get("", filepath.Join(file, "secret"))
	require.ErrorContains(t, err, "key_hash_secret_file: ")
}
