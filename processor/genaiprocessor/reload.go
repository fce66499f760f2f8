package genaiprocessor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"go.uber.org/zap"
)

// fileBytesMax bounds a file of prices or keys.
const fileBytesMax = 16 << 20

// reloadable is a file whose content counts anew whenever it changes.
type reloadable struct {
	// kind names the file in errors and metrics; it is the setting's name.
	kind, path string
	// take makes a text count, or leaves the earlier one in place and says what is wrong.
	take func(text []byte) error
	// seen is the hash of the last text that was tried, failed the last error.
	seen   uint64
	failed string
}

// load reads the file and, if its text has changed, takes it.
func (r *reloadable) load() (changed bool, err error) {
	text, err := readFile(r.path)
	if err != nil {
		return false, fmt.Errorf("%s: %w", r.kind, err)
	}
	if hash := xxhash.Sum64(text); hash != r.seen {
		r.seen = hash
		if err := r.take(text); err != nil {
			return true, fmt.Errorf("%s: %s: %w", r.kind, r.path, err)
		}
		return true, nil
	}
	return false, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, fileBytesMax+1))
	if err == nil && len(text) > fileBytesMax {
		err = fmt.Errorf("%s: is longer than %d bytes", path, fileBytesMax)
	}
	return text, err
}

// reloader looks after files while the processor runs.
type reloader struct {
	files    []*reloadable
	interval time.Duration
	tick     ticker
	logger   *zap.Logger
	// count is told of every text that was tried: of which file, and whether it counts now.
	count func(kind string, ok bool)

	stop func()
	done sync.WaitGroup
}

// first reads all files; what cannot be read is reported.
func (r *reloader) first() error {
	var errs []error
	for _, file := range r.files {
		_, err := file.load()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (r *reloader) start() {
	r.stop = func() {}
	if len(r.files) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ticks, stopTicks := r.tick(r.interval)
	r.stop = func() { stopTicks(); cancel() }
	r.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks:
				r.look()
			}
		}
	})
}

func (r *reloader) shutdown() {
	if r.stop != nil {
		r.stop()
	}
	r.done.Wait()
}

// look takes what has changed. What cannot be read or taken is logged and counted once, until it changes again.
func (r *reloader) look() {
	for _, file := range r.files {
		changed, err := file.load()
		switch {
		case err != nil && (changed || err.Error() != file.failed):
			file.failed = err.Error()
			r.count(file.kind, false)
			r.logger.Error("a changed file cannot be taken; what counted before still does", zap.Error(err))
		case err == nil:
			file.failed = ""
			if changed {
				r.count(file.kind, true)
				r.logger.Info("a changed file counts now", zap.String("file", file.path))
			}
		}
	}
}
