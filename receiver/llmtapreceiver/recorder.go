package llmtapreceiver

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/tapsfirst"
)

// recorder takes finished exchanges from the proxy without ever making it wait, and hands spans on in batches.
type recorder struct {
	decoder   *decoder
	batch     BatchConfig
	next      consumer.Traces
	obs       *receiverhelper.ObsReport
	telemetry *telemetry
	logger    *zap.Logger
	// resource is that of the spans.
	resource pcommon.Resource

	// releaseTicket gives back what a call that is dropped had reserved in the ledger; it does nothing without one.
	releaseTicket func(ticket int64)

	unrecorded unrecorded

	queue   chan *exchange.Exchange
	mu      sync.RWMutex // guards stopped and the closing of queue
	stopped bool

	workers []*worker
	working sync.WaitGroup
	ctx     context.Context // for handing on; cancelled when a shutdown takes too long
	cancel  context.CancelFunc
}

func (r *recorder) start(workers int) {
	for range workers {
		w := newWorker(r)
		r.workers = append(r.workers, w)
		r.working.Go(w.work)
	}
}

// HandOnNow implements tapsfirst.Tap.
func (r *recorder) HandOnNow(ctx context.Context) {
	done := make(chan struct{}, len(r.workers))
	for _, w := range r.workers {
		select {
		case w.asked <- done:
		case <-ctx.Done():
			return
		}
	}
	for range r.workers {
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}

// Offer implements exchange.Sink.
func (r *recorder) Offer(x *exchange.Exchange) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.stopped {
		r.drop(x, droppedShutdown)
		return false
	}
	select {
	case r.queue <- x:
		return true
	default:
		r.drop(x, droppedQueueFull)
		return false
	}
}

func (r *recorder) drop(x *exchange.Exchange, reason string) {
	if r.decoder.isCall(x) {
		r.lose(finished{x.Upstream, x.Ticket}, reason)
	}
}

// lose counts a call of which no span is handed on, and gives back what it had reserved.
func (r *recorder) lose(call finished, reason string) {
	r.telemetry.droppedCalls.Add(reason, 1)
	r.unrecorded.add(call.upstream, reason)
	if call.ticket != 0 {
		r.releaseTicket(call.ticket)
	}
}

// stop takes no more exchanges and waits until those that were taken have been handed on. When ctx ends before, it
// breaks the handing on off.
func (r *recorder) stop(ctx context.Context) error {
	r.mu.Lock()
	if !r.stopped {
		r.stopped = true
		close(r.queue)
	}
	r.mu.Unlock()
	defer context.AfterFunc(ctx, r.cancel)()
	defer r.cancel()
	r.working.Wait()
	r.tell()
	r.logUntold()
	return ctx.Err()
}

// learn takes what an exchange that is no model call says of its server.
func (r *recorder) learn(x *exchange.Exchange) {
	if _, err := r.decoder.plain(&x.Response, nil); err == nil {
		r.decoder.servers.learn(x)
	}
}

func (r *recorder) handOn(b *batch) {
	n := b.spans.Len()
	ctx := r.obs.StartTracesOp(r.ctx)
	err := r.consume(ctx, b.traces)
	r.obs.EndTracesOp(ctx, "llm_tap", n, err)
	if err == nil {
		r.tell()
		return
	}
	for _, call := range b.calls {
		r.lose(call, droppedRefused)
	}
}

// tell hands on what there is to tell of unrecorded calls. It is for when spans were taken just now: of several next
// components one that takes them when another does not would count them again with the next try.
func (r *recorder) tell() {
	untold := r.unrecorded.take()
	if len(untold) == 0 {
		return
	}
	b := r.newBatch()
	for i := range untold {
		untold[i].Put(b.spans.AppendEmpty(), newTraceID(), newSpanID())
	}
	if r.consume(r.ctx, b.traces) != nil {
		for _, u := range untold {
			r.unrecorded.merge(u)
		}
	}
}

var errFault = errors.New("the next component has a fault")

// consume hands spans on. A fault in what takes them must not end the process, and with it the calls that it passes on.
func (r *recorder) consume(ctx context.Context, traces ptrace.Traces) (err error) {
	defer func() {
		if recover() != nil {
			err = errFault
		}
	}()
	return r.next.ConsumeTraces(ctx, traces)
}

var (
	_ exchange.Sink = (*recorder)(nil)
	_ tapsfirst.Tap = (*recorder)(nil)
)
