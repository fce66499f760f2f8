package clickhouseembeddedextension

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	libraryVariable = "LLMTAP_LIBCHDB"
	libraryCached   = ".cache/libchdb/libchdb.so"
)

var errNoLibrary = errors.New("the ClickHouse library libchdb is missing: fetch it with `make libchdb`, or name its path in library or " + libraryVariable)

// findLibrary gives the path of libchdb without symbolic links, so that one library has one path.
func findLibrary(configured string) (string, error) {
	if configured == "" {
		configured = os.Getenv(libraryVariable)
	}
	if configured != "" {
		path, err := filepath.EvalSymlinks(configured)
		if err != nil {
			return "", fmt.Errorf("%w (%w)", errNoLibrary, err)
		}
		return filepath.Abs(path)
	}
	var folders []string
	if working, err := os.Getwd(); err == nil {
		folders = append(folders, working)
	}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(program), filepath.Dir(filepath.Dir(program)))
	}
	for _, folder := range folders {
		if path, err := filepath.EvalSymlinks(filepath.Join(folder, libraryCached)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w (looked for %s in %v)", errNoLibrary, libraryCached, folders)
}
