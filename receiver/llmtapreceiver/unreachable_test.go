package llmtapreceiver

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/internal/freeport"
)

func TestUnreachableServersAreLogged(t *testing.T) {
	r := startBefore(t, "http://"+freeport.Address(t), nil)
	for range 3 {
		status, answer := r.post(t, "/v1/chat/completions", "{}")
		require.Equal(t, http.StatusBadGateway, status)
		require.NotContains(t, answer, "refused")
	}
	logged := r.logs.FilterMessage("model server cannot be reached").All()
	require.Len(t, logged, 1)
	require.Equal(t, "test", logged[0].ContextMap()["upstream"])
	require.Contains(t, logged[0].ContextMap()["error"], "connection refused")
}

func TestEachUnreachableServerIsLoggedOncePerTime(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	now := time.Unix(0, 0)
	u := newUnreachable(zap.New(core), func() time.Time { return now })
	f := func(upstream, failure string, want ...any) {
		t.Helper()
		u.tell(upstream, errors.New(failure))
		var got []any
		for _, entry := range logs.TakeAll() {
			got = append(got, entry.ContextMap()["error"], entry.ContextMap()["unlogged"])
		}
		require.Equal(t, want, got)
	}
	f("a", "no route", "no route", int64(0))
	f("b", "unknown authority", "unknown authority", int64(0))
	f("a", "no route")
	now = now.Add(unreachableEvery - 1)
	f("a", "no route")
	now = now.Add(1)
	f("a", "refused", "refused", int64(2))
	f("a", "refused")
	now = now.Add(unreachableEvery)
	f("a", strings.Repeat("x", unreachableBytesMax), strings.Repeat("x", unreachableBytesMax), int64(1))
	now = now.Add(unreachableEvery)
	f("a", strings.Repeat("x", unreachableBytesMax+1), strings.Repeat("x", unreachableBytesMax), int64(0))
}

// A log that blocks keeps the client of one call waiting, and no other.
func TestUnreachableServersAreLoggedWithoutTheLock(t *testing.T) {
	core, _ := observer.New(zap.WarnLevel)
	logging, logged := make(chan struct{}), make(chan struct{})
	u := newUnreachable(zap.New(core, zap.Hooks(func(zapcore.Entry) error {
		close(logging)
		<-logged
		return nil
	})), time.Now)
	var told sync.WaitGroup
	told.Go(func() { u.tell("a", errors.New("refused")) })
	<-logging
	free := u.mu.TryLock()
	if free {
		u.mu.Unlock()
	}
	close(logged)
	told.Wait()
	require.True(t, free)
}
