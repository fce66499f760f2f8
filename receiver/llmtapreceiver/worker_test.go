package llmtapreceiver

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Calls that are decoded together are those that they would be alone, in the order in which they came.
func TestCallsDecodedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, func(cfg *Config) { cfg.Batch.MaxSpans = 64 })
		var want, got []string
		released := 0
		for i := range 2*togetherMax + 3 {
			x := chatExchange()
			x.OnRelease = func(*exchange.Exchange) { released++ }
			model := fmt.Sprintf("model-%d", i)
			x.Request.Body = []byte(strings.Repeat(" ", i%2*100) + `{"model":"` + model + `","messages":[]}`)
			if i%5 == 4 {
				x.Method, x.Target = "GET", "/v1/models"
			} else {
				want = append(want, model)
			}
			require.True(t, r.Offer(x))
		}
		r.start(1)
		require.NoError(t, r.stop(t.Context()))
		for _, traces := range sink.AllTraces() {
			for _, span := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
				model, _ := span.Attributes().Get("gen_ai.request.model")
				got = append(got, model.Str())
			}
		}
		require.Equal(t, want, got)
		require.Equal(t, 2*togetherMax+3, released)
	})
}

func TestHowManyAreDecodedTogether(t *testing.T) {
	f := func(want, queued, bytes, spans int) {
		t.Helper()
		r, _ := newTestRecorder(t, consumertest.NewNop(), func(cfg *Config) { cfg.Batch.MaxSpans = 64 })
		w := newWorker(r)
		for range spans {
			w.gathered.spans.AppendEmpty()
		}
		for range queued {
			x := chatExchange()
			x.Request.Body, x.Response.Body = make([]byte, bytes), nil
			require.True(t, r.Offer(x))
		}
		w.take(<-r.queue)
		w.takeMore()
		require.Equal(t, want, w.n)
	}
	f(1, 1, 0, 0)
	f(togetherMax, togetherMax, 0, 0)
	f(togetherMax, togetherMax+1, 0, 0)
	f(2, 3, togetherBytes-1, 0)
	f(1, 3, togetherBytes, 0)
	f(2, 3, 0, 62) // a batch does not grow over its limit
	f(1, 3, 0, 63)
}

// Components such as span_metrics and service_graph leave out spans that are of no service.
func TestSpansAreOfAService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, func(cfg *Config) { cfg.QueueSize = 1 })
		require.True(t, r.Offer(chatExchange()))
		require.False(t, r.Offer(chatExchange()))
		r.start(1)
		require.NoError(t, r.stop(t.Context()))
		require.Len(t, sink.AllTraces(), 2, "the call's span and one that tells of the other")
		for _, traces := range sink.AllTraces() {
			require.Equal(t, map[string]any{"service.name": "llmtap", "service.instance.id": "7"},
				traces.ResourceSpans().At(0).Resource().Attributes().AsRaw())
		}
	})
}

// A batch over the 4 MiB that OTLP receivers take at once would be lost as a whole, small calls and all.
func TestContentThatFitsNoMoreBeginsABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, func(cfg *Config) { cfg.CaptureContent, cfg.Batch.MaxSpans = true, 64 })
		offer := func(bytes int) {
			x := chatExchange()
			x.Request.Body, x.Response.Body = make([]byte, bytes), nil
			require.True(t, r.Offer(x))
		}
		r.start(1)
		offer(batchContentBytesMax - 10)
		pass(restTime)
		offer(10 - 1)
		pass(restTime)
		require.Empty(t, batchSizes(sink))
		offer(2)
		pass(restTime)
		require.Equal(t, []int{2}, batchSizes(sink))
		pass(r.batch.MaxDelay)
		require.Equal(t, []int{2, 1}, batchSizes(sink), "the call that did not fit waits no longer than others")
		require.NoError(t, r.stop(t.Context()))
	})
}
