package llmtapreceiver

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// newTestRecorder gives a recorder that runs in a bubble of synctest, whose clock only goes on when all wait.
func newTestRecorder(t *testing.T, next consumer.Traces, change func(*Config)) (*recorder, *componenttest.Telemetry) {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.KeyHashSecret = "pepper"
	cfg.Workers = 1
	cfg.Batch = BatchConfig{MaxSpans: 3, MaxDelay: time.Second}
	if change != nil {
		change(cfg)
	}
	tel := componenttest.NewTelemetry()
	set := receivertest.NewNopSettings(componentType)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	set.Resource.Attributes().PutStr("service.name", "otelcol")
	set.Resource.Attributes().PutStr("service.instance.id", "7")
	tap := &tapReceiver{cfg: cfg, set: set, next: next}
	var err error
	tap.telemetry, err = newTelemetry(set.TelemetrySettings)
	require.NoError(t, err)
	r, err := tap.newRecorder()
	require.NoError(t, err)
	return r, tel
}

// counted gives a counter's values by reason.
func counted(t *testing.T, tel *componenttest.Telemetry, name string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	got, err := tel.GetMetric(name)
	if err != nil {
		return out
	}
	for _, point := range got.Data.(metricdata.Sum[int64]).DataPoints {
		if point.Value != 0 {
			reason, _ := point.Attributes.Value("reason")
			out[reason.AsString()] += point.Value
		}
	}
	return out
}

// batchSizes gives the number of spans of each batch.
func batchSizes(sink *consumertest.TracesSink) (sizes []int) {
	for _, batch := range sink.AllTraces() {
		sizes = append(sizes, batch.SpanCount())
	}
	return sizes
}

// pass lets the bubble's clock go on.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestBatchByCountAndByDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, nil)
		r.start(1)
		released := 0
		offer := func() {
			x := chatExchange()
			x.OnRelease = func(*exchange.Exchange) { released++ }
			require.True(t, r.Offer(x))
			pass(restTime)
		}
		offer()
		offer()
		require.Equal(t, 2, released, "an exchange is let go as soon as it is decoded")
		require.Empty(t, batchSizes(sink))
		offer()
		require.Equal(t, []int{3}, batchSizes(sink))

		offer()
		pass(r.batch.MaxDelay - restTime - 1)
		require.Equal(t, []int{3}, batchSizes(sink))
		pass(1)
		require.Equal(t, []int{3, 1}, batchSizes(sink))

		pass(time.Hour)
		offer()
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, []int{3, 1, 1}, batchSizes(sink), "what is queued or gathered is handed on at the end")
	})
}

func TestOneConnectionAlwaysWaitsForFewSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, func(cfg *Config) { cfg.Batch.MaxSpans = 64 })
		r.start(1)
		calls := 5 * politeSpans
		var offer func(*exchange.Exchange)
		offer = func(*exchange.Exchange) { // the next call has ended by the time the last is decoded
			if calls--; calls >= 0 {
				x := chatExchange()
				x.OnRelease = offer
				require.True(t, r.Offer(x))
			}
		}
		offer(nil)
		pass(restTime)
		require.Len(t, sink.AllTraces(), 5)
		for _, batch := range sink.AllTraces() {
			require.Equal(t, politeSpans, batch.SpanCount())
		}
		require.NoError(t, r.stop(t.Context()))
	})
}

func TestStopHandsOnWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, tel := newTestRecorder(t, sink, nil)
		for range 10 {
			require.True(t, r.Offer(chatExchange()))
		}
		r.start(2)
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, 10, sink.SpanCount())
		require.False(t, r.Offer(chatExchange()))
		require.Equal(t, map[string]int64{droppedShutdown: 1}, counted(t, tel, "llmtap_tap_dropped"))
		require.NoError(t, r.stop(t.Context()), "a second stop is no harm")
	})
}

func TestOfferNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		slow, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error { <-free; return nil })
		require.NoError(t, err)
		r, tel := newTestRecorder(t, slow, func(cfg *Config) { cfg.QueueSize, cfg.Batch.MaxSpans = 2, 1 })
		r.start(1)
		require.True(t, r.Offer(chatExchange()))
		synctest.Wait() // the worker waits for the consumer
		require.True(t, r.Offer(chatExchange()))
		require.True(t, r.Offer(chatExchange()))
		require.False(t, r.Offer(chatExchange()))
		require.Equal(t, map[string]int64{droppedQueueFull: 1}, counted(t, tel, "llmtap_tap_dropped"))
		close(free)
		require.NoError(t, r.stop(t.Context()))
	})
}

func TestStopBreaksOffAConsumerThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging, err := consumer.NewTraces(func(ctx context.Context, _ ptrace.Traces) error { <-ctx.Done(); return ctx.Err() })
		require.NoError(t, err)
		r, tel := newTestRecorder(t, hanging, nil)
		r.start(1)
		require.True(t, r.Offer(chatExchange()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, r.stop(ctx), context.DeadlineExceeded)
		require.Equal(t, map[string]int64{droppedRefused: 1}, counted(t, tel, "llmtap_tap_dropped"))
	})
}

func TestRefusedSpansAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, tel := newTestRecorder(t, consumertest.NewErr(errors.New("full")), nil)
		r.start(1)
		for range 4 {
			require.True(t, r.Offer(chatExchange()))
		}
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, map[string]int64{droppedRefused: 4}, counted(t, tel, "llmtap_tap_dropped"))
		refused, err := tel.GetMetric("otelcol_receiver_refused_spans")
		if err != nil {
			refused, err = tel.GetMetric("otelcol_receiver_failed_spans")
		}
		require.NoError(t, err)
		require.NotEmpty(t, refused.Data.(metricdata.Sum[int64]).DataPoints)
	})
}

// told gives the unrecorded calls that spans tell of, by reason.
func told(sink *consumertest.TracesSink) map[string]int64 {
	out := map[string]int64{}
	for _, traces := range sink.AllTraces() {
		for _, span := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
			if u, ok := genai.ReadUnrecorded(span); ok {
				out[u.Upstream+" "+u.Reason] += u.Calls
			}
		}
	}
	return out
}

// What was dropped is told with the next spans that are taken, exactly once, also when these are refused at first.
func TestUnrecordedCallsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		refuse, free := true, make(chan struct{})
		next, err := consumer.NewTraces(func(ctx context.Context, traces ptrace.Traces) error {
			<-free
			if refuse {
				return errors.New("full")
			}
			return sink.ConsumeTraces(ctx, traces)
		})
		require.NoError(t, err)
		r, tel := newTestRecorder(t, next, func(cfg *Config) { cfg.QueueSize, cfg.Batch.MaxSpans = 2, 1 })
		r.start(1)
		offer := func() bool { return r.Offer(chatExchange()) }
		require.True(t, offer())
		synctest.Wait() // the worker waits for the consumer
		require.True(t, offer())
		require.True(t, offer())
		require.False(t, offer())
		require.False(t, offer())
		noCall := chatExchange()
		noCall.Method, noCall.Target = "GET", "/v1/models"
		require.False(t, r.Offer(noCall), "nor is this one taken, but it is no call")
		close(free)
		pass(time.Second) // all three are refused
		refuse = false
		require.Empty(t, sink.AllTraces())
		require.True(t, offer())
		pass(time.Second)
		require.Equal(t, map[string]int64{"vllm queue_full": 2, "vllm consumer_refused": 3}, told(sink))
		require.True(t, offer())
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, map[string]int64{"vllm queue_full": 2, "vllm consumer_refused": 3}, told(sink))
		require.Equal(t, map[string]int64{droppedQueueFull: 2, droppedRefused: 3}, counted(t, tel, "llmtap_tap_dropped"))
	})
}

// What is untold at the end is in the log, once.
func TestUntoldCallsAreLoggedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		refuse := true
		next, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error {
			if refuse {
				return errors.New("full")
			}
			return nil
		})
		require.NoError(t, err)
		stop := func() {
			r, _ := newTestRecorder(t, next, func(cfg *Config) { cfg.QueueSize = 2 })
			r.logger = zap.New(core)
			for range 5 {
				r.Offer(chatExchange())
			}
			r.start(1)
			require.NoError(t, r.stop(t.Context()))
			require.NoError(t, r.stop(t.Context()))
		}
		stop()
		lines := logs.TakeAll()
		require.Len(t, lines, 1)
		require.Equal(t, map[string]map[string]int64{"vllm": {droppedQueueFull: 3, droppedRefused: 2}}, lines[0].ContextMap()["calls"])
		refuse = false
		stop()
		require.Empty(t, logs.TakeAll())
	})
}

// A fault that no part of the decoding catches costs one span; the worker goes on and what it gathered stays.
func TestFaultCostsOneSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, tel := newTestRecorder(t, sink, nil)
		var released, returned []int64
		r.releaseTicket = func(ticket int64) { returned = append(returned, ticket) }
		r.start(1)
		offer := func(ticket int64) {
			x := chatExchange()
			x.Ticket, x.Sent = ticket, true
			x.OnRelease = func(x *exchange.Exchange) { released = append(released, x.Ticket) }
			require.True(t, r.Offer(x))
			pass(restTime)
		}
		offer(1)
		keys := r.decoder.keys
		r.decoder.keys = nil
		offer(2)
		r.decoder.keys = keys
		offer(3)
		offer(4)
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, 3+1, sink.SpanCount())
		require.Equal(t, map[string]int64{"vllm fault": 1}, told(sink))
		require.Equal(t, []int64{1, 2, 3, 4}, released)
		require.Equal(t, []int64{2}, returned)
		require.Equal(t, map[string]int64{droppedFault: 1}, counted(t, tel, "llmtap_tap_dropped"))
	})
}

// Whether an exchange is a call may depend on its body. A fault in reading that ends no process, and loses no call.
func TestExchangeOfWhichAFaultTellsNothingIsACall(t *testing.T) {
	before := asks["/generate"]
	defer func() { asks["/generate"] = before }()
	asks["/generate"] = func(*exchange.Message) bool { panic("at fault") }
	generate := func() *exchange.Exchange {
		x := chatExchange()
		x.Target = "/generate"
		return x
	}
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, tel := newTestRecorder(t, sink, func(cfg *Config) { cfg.QueueSize = 1 })
		require.True(t, r.Offer(generate()))
		require.False(t, r.Offer(generate()))
		require.Equal(t, map[string]int64{droppedQueueFull: 1}, counted(t, tel, "llmtap_tap_dropped"))
		r.start(1)
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, map[string]int64{"vllm queue_full": 1}, told(sink))
		require.Equal(t, 2, sink.SpanCount())
	})
}

// The components behind the tap run in its process: a fault in one must not end it.
func TestFaultOfTheConsumerIsARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faulty, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error { panic("at fault") })
		require.NoError(t, err)
		r, tel := newTestRecorder(t, faulty, nil)
		r.start(1)
		require.True(t, r.Offer(chatExchange()))
		require.NoError(t, r.stop(t.Context()))
		require.Equal(t, map[string]int64{droppedRefused: 1}, counted(t, tel, "llmtap_tap_dropped"))
	})
}

func TestBatchEndsBeforeItHoldsTooMuchContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(consumertest.TracesSink)
		r, _ := newTestRecorder(t, sink, func(cfg *Config) { cfg.CaptureContent = true })
		r.start(1)
		f := func(bytes, wantBatches int) {
			t.Helper()
			sink.Reset()
			x := chatExchange()
			x.Request.Body, x.Response.Body = make([]byte, bytes), nil
			require.True(t, r.Offer(x))
			synctest.Wait()
			require.Len(t, sink.AllTraces(), wantBatches)
		}
		f(batchContentBytesMax, 1)
		f(batchContentBytesMax-1, 0)
		require.NoError(t, r.stop(t.Context()))
	})
}
