// Package reload reads files again when they change. A file that cannot be used is an error at the start; later the previous
// content stays in use.
package reload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
)

// BytesMax bounds a file.
const BytesMax = 16 << 20

// File is a file that is read again when it changes.
type File struct {
	// Kind names the file in errors and metrics; it is the setting's name.
	Kind, Path string
	// Take puts a text to use, or leaves the previous one in use and says what is wrong.
	Take func(text []byte) error

	// seen is the hash of the last text that was tried, failed the last error.
	seen   uint64
	failed string
}

// load reads the file and, if its text has changed, takes it.
func (f *File) load() (changed bool, err error) {
	text, err := readFile(f.Path)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.Kind, err)
	}
	if hash := xxhash.Sum64(text); hash != f.seen {
		f.seen = hash
		if err := f.Take(text); err != nil {
			return true, fmt.Errorf("%s: %s: %w", f.Kind, f.Path, err)
		}
		return true, nil
	}
	return false, nil
}

// Check reads the file once and has it taken, as a start does.
func (f *File) Check() error {
	_, err := f.load()
	return err
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, BytesMax+1))
	if err == nil && len(text) > BytesMax {
		err = fmt.Errorf("%s: is longer than %d bytes", path, BytesMax)
	}
	return text, err
}

// Reloader watches files while a component runs. Its exported fields are set before its first use.
type Reloader struct {
	Files    []*File
	Interval time.Duration
	Logger   *zap.Logger
	// Tried counts the texts that were tried, by the kind of their file and the result: ok when it was put to use, or failed.
	Tried metric.Int64Counter

	stop func()
	done sync.WaitGroup
}

// First reads all files and reports every one that cannot be used.
func (r *Reloader) First() error {
	var errs []error
	for _, file := range r.Files {
		r.count(file, "ok", 0) // Prometheus sees an increase only of what it has seen before
		r.count(file, "failed", 0)
		_, err := file.load()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Start begins to check the files at every interval.
func (r *Reloader) Start() {
	if len(r.Files) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	r.done.Go(func() {
		ticker := time.NewTicker(r.Interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				r.look()
			}
		}
	})
}

// Shutdown stops checking. It may be called without Start, and more than once.
func (r *Reloader) Shutdown() {
	if r.stop != nil {
		r.stop()
	}
	r.done.Wait()
}

// look takes what has changed. What cannot be read or taken is logged and counted once, until it changes again.
func (r *Reloader) look() {
	for _, file := range r.Files {
		changed, err := file.load()
		switch {
		case err != nil && (changed || err.Error() != file.failed):
			file.failed = err.Error()
			r.count(file, "failed", 1)
			r.Logger.Error("a changed file cannot be used; its previous content stays in use", zap.Error(err))
		case err == nil:
			file.failed = ""
			if changed {
				r.count(file, "ok", 1)
				r.Logger.Info("a changed file is in use", zap.String("file", file.Path))
			}
		}
	}
}

func (r *Reloader) count(file *File, result string, texts int64) {
	r.Tried.Add(context.Background(), texts,
		metric.WithAttributes(attribute.String("file", file.Kind), attribute.String("result", result)))
}
