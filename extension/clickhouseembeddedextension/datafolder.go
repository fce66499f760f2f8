package clickhouseembeddedextension

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// lockName is the file in the data folder that the process using the folder holds locked.
const lockName = "llmtap.lock"

// dataFolder is the engine's folder, held by this process.
type dataFolder struct {
	path string
	lock *os.File
	// freeBytesMin of its disk stay free.
	freeBytesMin uint64
}

// openDataFolder creates the folder if needed and locks it. The lock ends with the process, however that ends.
func openDataFolder(path string, freeBytesMin uint64) (*dataFolder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, fmt.Errorf("data_dir cannot be created: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data_dir cannot be written: %w", err)
	}
	folder := &dataFolder{path: path, lock: file, freeBytesMin: freeBytesMin}
	if err := folder.take(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return folder, nil
}

func (f *dataFolder) take() error {
	free, err := lock(f.lock)
	if err != nil {
		return fmt.Errorf("data_dir cannot be locked: %w", err)
	}
	if !free {
		holder, _ := io.ReadAll(io.LimitReader(f.lock, 64))
		return fmt.Errorf("data_dir %s is in use by process %s: stop that one, or name another folder", f.path, strings.TrimSpace(string(holder)))
	}
	if err := f.lock.Truncate(0); err != nil {
		return fmt.Errorf("data_dir cannot be written: %w", err)
	}
	if _, err := f.lock.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		return fmt.Errorf("data_dir cannot be written: %w", err)
	}
	return nil
}

// roomForRows says how full the disk is if no more rows can be taken.
func (f *dataFolder) roomForRows() error {
	free, err := freeBytes(f.path)
	if err != nil {
		return fmt.Errorf("the free space of data_dir is unknown: %w", err)
	}
	if free < f.freeBytesMin {
		return fmt.Errorf("the disk of data_dir %s has %d MiB left and min_free_disk_mib is %d: free some, or name another folder",
			f.path, free>>20, f.freeBytesMin>>20)
	}
	return nil
}

func (f *dataFolder) close() error { return f.lock.Close() }
