package llmtapreceiver

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	// unreachableEvery is how often the log says of one upstream that it cannot be reached.
	unreachableEvery = time.Minute
	// unreachableBytesMax bounds what is logged of an error, which may name all that a certificate is for.
	unreachableBytesMax = 512
)

// unreachable logs why upstreams cannot be reached, which their clients are not told.
type unreachable struct {
	logger *zap.Logger
	now    func() time.Time

	mu        sync.Mutex
	upstreams map[string]*failures
}

// failures are those of one upstream.
type failures struct {
	next     time.Time // when the log may tell of them again
	unlogged int64
}

func newUnreachable(logger *zap.Logger, now func() time.Time) *unreachable {
	return &unreachable{logger: logger, now: now, upstreams: make(map[string]*failures)}
}

// tell logs a failure if it is time to. Without the lock: a log may block, and clients of other calls wait for the lock.
func (u *unreachable) tell(upstream string, err error) {
	unlogged, due := u.due(upstream)
	if !due {
		return
	}
	text := err.Error()
	u.logger.Warn("model server cannot be reached", zap.String("upstream", upstream),
		zap.String("error", text[:min(len(text), unreachableBytesMax)]), zap.Int64("unlogged", unlogged))
}

// due notes a failure. It tells whether the log is to tell of it, and of how many before it has not.
func (u *unreachable) due(upstream string) (unlogged int64, due bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	of := u.upstreams[upstream]
	if of == nil {
		of = new(failures)
		u.upstreams[upstream] = of
	}
	now := u.now()
	if now.Before(of.next) {
		of.unlogged++
		return 0, false
	}
	unlogged = of.unlogged
	*of = failures{next: now.Add(unreachableEvery)}
	return unlogged, true
}
