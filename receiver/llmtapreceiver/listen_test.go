package llmtapreceiver

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/llmtap/llmtap/internal/freeport"
)

// callers make calls without pause, on connections that they keep, until stop. They repeat nothing.
type callers struct {
	wg     sync.WaitGroup
	done   chan struct{}
	calls  atomic.Int64
	failed atomic.Pointer[error]
}

func startCallers(url string, n int) *callers {
	c := &callers{done: make(chan struct{})}
	for range n {
		c.wg.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for {
				select {
				case <-c.done:
					return
				default:
				}
				// A body of unknown length cannot be sent twice, so that the transport tells every failure.
				response, err := (&http.Client{Transport: transport}).Post(url, "application/json", io.MultiReader(strings.NewReader(chatRequest)))
				if err == nil {
					_, err = io.ReadAll(response.Body)
					_ = response.Body.Close()
				}
				if err != nil {
					c.failed.CompareAndSwap(nil, &err)
					return
				}
				c.calls.Add(1)
			}
		})
	}
	return c
}

func (c *callers) stop(t *testing.T) {
	t.Helper()
	close(c.done)
	c.wg.Wait()
	if err := c.failed.Load(); err != nil {
		require.NoError(t, *err)
	}
}

func (c *callers) wait(t *testing.T, more int64) {
	t.Helper()
	until := c.calls.Load() + more
	require.Eventually(t, func() bool { return c.calls.Load() >= until || c.failed.Load() != nil }, 20*time.Second, time.Millisecond)
}

func startAt(t *testing.T, address, upstream string, reusePort bool) (stop func()) {
	t.Helper()
	tap := startAs(t, "", address, upstream, reusePort)
	return sync.OnceFunc(func() {
		if reusePort { // what stands for another process ends as a process does
			tap.exit <- syscall.SIGTERM
		}
		require.NoError(t, tap.Shutdown(context.Background()))
	})
}

// startAs starts the receiver llm_tap, or llm_tap/name.
func startAs(t *testing.T, name, address, upstream string, reusePort bool) *tapReceiver {
	t.Helper()
	set := receivertest.NewNopSettings(componentType)
	set.ID = component.NewIDWithName(componentType, name)
	tap := newTap(t, set, consumertest.NewNop(), upstream, func(cfg *Config) { cfg.Endpoint, cfg.ReusePort = address, reusePort })
	require.NoError(t, tap.Start(t.Context(), componenttest.NewNopHost()))
	return tap
}

func testUpstream(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		_, _ = io.WriteString(w, chatAnswer)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The next process listens before the one before stops. Each call under load must be answered.
func TestRestartLosesNoCall(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reuse_port is there on Linux only")
	}
	address, upstream := freeport.Address(t), testUpstream(t)
	stop := startAt(t, address, upstream, true)
	load := startCallers("http://"+address+"/v1/chat/completions", 8)
	for range 3 {
		load.wait(t, 50)
		next := startAt(t, address, upstream, true)
		load.wait(t, 20)
		stop()
		stop = next
	}
	load.wait(t, 50)
	load.stop(t)
	stop()
}

// When a configuration is loaded anew the receiver stops before it starts again.
func TestReloadLosesNoCall(t *testing.T) {
	address, upstream := freeport.Address(t), testUpstream(t)
	stop := startAt(t, address, upstream, false)
	load := startCallers("http://"+address+"/v1/chat/completions", 8)
	for range 3 {
		load.wait(t, 50)
		stop()
		stop = startAt(t, address, upstream, false)
	}
	load.wait(t, 50)
	load.stop(t)
	stop()
	parked.closePort(address)
}

func TestASecondTapDoesNotShareTheAddressByMistake(t *testing.T) {
	address, upstream := freeport.Address(t), testUpstream(t)
	stop := startAt(t, address, upstream, false)
	defer stop()
	tap := newTap(t, receivertest.NewNopSettings(componentType), consumertest.NewNop(), upstream, func(cfg *Config) { cfg.Endpoint = address })
	require.ErrorContains(t, tap.Start(t.Context(), componenttest.NewNopHost()), "endpoint: listen tcp "+address+": bind: address already in use")
	require.NoError(t, tap.Shutdown(context.Background()))
}
