//go:build killtest

package killtest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fault is what a wire to the store does to a request.
type fault int32

const (
	none       fault = iota
	refuses          // closes the connection
	hangs            // takes the request and never answers
	late             // delivers it some time later, also when nobody waits any more
	unanswered       // delivers it, and the answer never comes
	faults
)

func (f fault) String() string {
	return [...]string{"none", "refuses", "hangs", "late", "no answer"}[f]
}

// lateMax is longer than the exporter waits for an answer.
const lateMax = 2 * storeTimeout

// wire is a proxy before the store that is in order for some time, then at fault for some time, and so on.
type wire struct {
	*httptest.Server
	store   string
	now     atomic.Int32
	stop    chan struct{}
	running sync.WaitGroup
	seen    [faults]atomic.Int64
}

func newWire(t *testing.T, store string) *wire {
	w := &wire{store: store, stop: make(chan struct{})}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	return w
}

// breakAtRandom begins to change between order and fault.
func (w *wire) breakAtRandom(chance *rand.Rand) {
	w.running.Go(func() {
		for {
			for _, state := range []fault{none, 1 + fault(chance.IntN(int(faults)-1))} {
				w.now.Store(int32(state))
				select {
				case <-time.After(time.Duration(chance.Int64N(int64(5 * time.Second)))):
				case <-w.stop:
					w.now.Store(int32(none))
					return
				}
			}
		}
	})
}

// mend ends all faults, those in progress too.
func (w *wire) mend() {
	close(w.stop)
	w.running.Wait()
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	state := fault(w.now.Load())
	w.seen[state].Add(1)
	switch state {
	case refuses:
		panic(http.ErrAbortHandler)
	case hangs:
		w.wait(r.Context(), time.Hour)
		panic(http.ErrAbortHandler)
	case late:
		w.wait(context.Background(), time.Duration(rand.Int64N(int64(lateMax))))
		w.deliver(rw, r, body)
	case unanswered:
		w.deliver(httptest.NewRecorder(), r, body)
		w.wait(r.Context(), time.Hour)
		panic(http.ErrAbortHandler)
	default:
		w.deliver(rw, r, body)
	}
}

func (w *wire) wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-w.stop:
	case <-time.After(d):
	}
}

// deliver takes a request to the store even when its sender has gone.
func (w *wire) deliver(rw http.ResponseWriter, r *http.Request, body []byte) {
	request, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, "http://"+w.store+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header = r.Header
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil { // the store is down
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = answer.Body.Close() }()
	for name, values := range answer.Header {
		rw.Header()[name] = values
	}
	rw.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(rw, answer.Body)
}
