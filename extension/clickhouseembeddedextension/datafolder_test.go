package clickhouseembeddedextension

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDataFolderIsHeldOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	folder, err := openDataFolder(path, 0)
	require.NoError(t, err)
	_, err = openDataFolder(path, 0)
	require.ErrorContains(t, err, "in use by process "+strconv.Itoa(os.Getpid()))
	require.NoError(t, folder.close())
	again, err := openDataFolder(path, 0)
	require.NoError(t, err)
	require.NoError(t, again.close())
}

func TestRoomForRows(t *testing.T) {
	folder, err := openDataFolder(t.TempDir(), 0)
	require.NoError(t, err)
	require.NoError(t, folder.roomForRows())
	folder.freeBytesMin = 1 << 62
	require.ErrorContains(t, folder.roomForRows(), "min_free_disk_mib is "+strconv.FormatUint(1<<42, 10))
	require.NoError(t, folder.close())
	require.ErrorContains(t, folder.roomForRows(), "MiB left", "the folder outlives its lock")
}

func TestFindLibrary(t *testing.T) {
	t.Setenv(libraryVariable, "")
	working := t.TempDir()
	t.Chdir(working)
	_, err := findLibrary("")
	require.ErrorIs(t, err, errNoLibrary)
	require.ErrorContains(t, err, "make libchdb")
	_, err = findLibrary("/nowhere")
	require.ErrorIs(t, err, errNoLibrary)

	cached := filepath.Join(working, ".cache", "libchdb")
	require.NoError(t, os.MkdirAll(filepath.Join(cached, "1"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(cached, "1", "libchdb.so"), nil, 0o600))
	require.NoError(t, os.Symlink("1/libchdb.so", filepath.Join(cached, "libchdb.so")))
	want, err := filepath.EvalSymlinks(filepath.Join(cached, "1", "libchdb.so"))
	require.NoError(t, err)
	found, err := findLibrary("")
	require.NoError(t, err)
	require.Equal(t, want, found)

	t.Setenv(libraryVariable, filepath.Join(cached, "libchdb.so"))
	found, err = findLibrary("")
	require.NoError(t, err)
	require.Equal(t, want, found)
}
