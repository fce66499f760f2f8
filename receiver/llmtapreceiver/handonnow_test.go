package llmtapreceiver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/tapsfirst"
)

// What was recorded when another component asks for it is handed on, whichever worker has it and whether it is decoded yet.
func TestHandsOnWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, func(cfg *Config) { cfg.Batch.MaxSpans = 64 })
		r.start(2)
		handed := 0
		for _, calls := range []int{0, 1, 2, 2*togetherMax + 3} {
			for range calls {
				require.True(t, r.Offer(chatExchange()))
			}
			begin := time.Now()
			r.HandOnNow(t.Context())
			handed += calls
			require.Equal(t, handed, sink.SpanCount())
			require.LessOrEqual(t, time.Since(begin), restTime)
		}
		pass(r.batch.MaxDelay)
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, handed, sink.SpanCount())
	})
}

func TestWhoAsksWaitsNoLongerThanItWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		blocked, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error { <-open; return nil })
		require.NoError(t, err)
		r, _ := newTestRecorder(t, blocked, nil)
		r.start(1)
		require.True(t, r.Offer(chatExchange()))
		f := func() {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begin := time.Now()
			r.HandOnNow(ctx)
			require.Equal(t, time.Second, time.Since(begin))
		}
		f()
		f() // while the worker is still at what was asked before
		close(open)
		require.NoError(t, r.stop(t.Context()))
		f() // nobody is there any more
	})
}

// Where a processor removed what tells spans of a tap from those of SDKs, the tap would be waiting for itself.
func TestNobodyWaitsForTheTapThatHandsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next, err := consumer.NewTraces(func(ctx context.Context, _ ptrace.Traces) error { tapsfirst.Wait(ctx); return nil })
		require.NoError(t, err)
		r, _ := newTestRecorder(t, next, nil)
		tapsfirst.Add(r)
		defer tapsfirst.Remove(r)
		r.start(1)
		require.True(t, r.Offer(chatExchange()))
		begin := time.Now()
		require.NoError(t, r.stop(t.Context()))
		require.LessOrEqual(t, time.Since(begin), restTime)
	})
}
