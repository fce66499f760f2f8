package llmtapreceiver

import (
	"runtime"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

// What is decoded together passes each stage together, so that the code and the tables of a stage stay in the caches of
// the processor from one call to the next.
const (
	// togetherMax is how many exchanges are decoded together.
	togetherMax = 8
	// togetherBytes of bodies are enough: more would push everything else out of the caches.
	togetherBytes = 32 << 10
)

// restTime is how long a worker rests when the queue is empty. Calls that come meanwhile wake nobody, and are decoded
// together.
const restTime = 2 * time.Millisecond

// politeBacklog is how many calls may wait before a worker stops letting the proxy run between two stages.
const politeBacklog = 16

// politeSpans fill a batch while a worker is polite: more spans at once would hold the next call up.
const politeSpans = 4

// worker decodes queued exchanges and gathers their spans.
type worker struct {
	*recorder
	yielder  *yielder
	gathered *batch
	due      *time.Timer // of what is gathered
	asked    chan chan<- struct{}

	together [togetherMax]decoding
	n        int // how many of together hold an exchange
	bytes    int // of their bodies
}

func newWorker(r *recorder) *worker {
	w := &worker{
		recorder: r, yielder: newYielder(), gathered: r.newBatch(), due: time.NewTimer(r.batch.MaxDelay), asked: make(chan chan<- struct{}),
	}
	w.due.Stop()
	for i := range w.together {
		w.together[i].call.Reuse()
	}
	return w
}

// work decodes what is queued and hands it on: a full batch at once, any other max_delay after its first span, or when asked to.
func (w *worker) work() {
	defer w.yielder.close()
	for {
		select {
		case x, ok := <-w.queue:
			if !ok {
				w.flush()
				return
			}
			w.gather(x)
			w.rest()
		case <-w.due.C:
			w.flush()
		case done := <-w.asked:
			w.catchUp()
			done <- struct{}{}
		}
	}
}

// gather decodes an exchange, and others that are queued.
func (w *worker) gather(x *exchange.Exchange) {
	if w.gathered.spans.Len() == 0 {
		w.due.Reset(w.batch.MaxDelay)
	}
	w.take(x)
	w.takeMore()
	w.decode()
	if w.full() {
		w.flush()
	}
}

// catchUp hands on all that was queued when it began.
func (w *worker) catchUp() {
	for range len(w.queue) {
		select {
		case x, ok := <-w.queue:
			if ok {
				w.gather(x)
			}
		default:
		}
	}
	w.flush()
}

// take adds an exchange to those that are decoded next, if it is a model call.
func (w *worker) take(x *exchange.Exchange) {
	if !w.decoder.isCall(x) {
		w.decoder.guard(func() { w.learn(x) })
		x.Release()
		return
	}
	w.together[w.n].x = x
	w.n++
	w.bytes += len(x.Request.Body) + len(x.Response.Body)
}

// takeMore takes what else is queued, within the limits.
func (w *worker) takeMore() {
	for w.n < min(togetherMax, w.batch.MaxSpans-w.gathered.spans.Len()) && w.bytes < togetherBytes {
		select {
		case x, ok := <-w.queue:
			if !ok {
				return
			}
			w.take(x)
		default:
			return
		}
	}
}

// decoding is an exchange of which a call is made. Its memory serves one exchange after the other.
type decoding struct {
	x    *exchange.Exchange
	call genai.Call
}

// stages are what each exchange that was taken passes.
var stages = [...]func(*worker, *decoding){
	func(w *worker, j *decoding) { w.decoder.decode(j.x, &j.call) },
	func(w *worker, j *decoding) { w.decoder.check(&j.call) },
	(*worker).put,
}

// decode makes spans of the exchanges that were taken and lets them go.
func (w *worker) decode() {
	for _, stage := range stages {
		for i := range w.together[:w.n] {
			w.makeWay()
			j := &w.together[i]
			if j.x != nil && !w.decoder.guard(func() { stage(w, j) }) {
				w.fail(j)
			}
		}
	}
	w.n, w.bytes = 0, 0
}

// polite tells that few calls wait to be decoded, so that the proxy can go first.
func (w *worker) polite() bool { return len(w.queue) < politeBacklog }

// makeWay lets calls go first that have something to relay: while a worker is polite, none waits for more than a stage of
// another.
func (w *worker) makeWay() {
	if w.polite() {
		w.yielder.yield()
	}
}

// put adds the span of a call to the batch and lets the exchange go.
func (w *worker) put(j *decoding) {
	call := &j.call
	content := contentBytes(call)
	if n := w.gathered.contentBytes; n > 0 && n+content > batchContentBytesMax {
		w.flush()
		w.due.Reset(w.batch.MaxDelay)
	}
	b := w.gathered
	if call.Ticket != 0 && !j.x.Sent { // no model has been at work on it
		w.releaseTicket(call.Ticket)
		call.Ticket = 0
	}
	genai.PutSpan(call, b.spans.AppendEmpty())
	b.calls = append(b.calls, finished{j.x.Upstream, call.Ticket})
	b.contentBytes += content
	w.telemetry.overheadOf(j.x.Overhead)
	j.release()
}

// fail drops an exchange that has met a fault, with what there is of its span.
func (w *worker) fail(j *decoding) {
	w.drop(j.x, droppedFault)
	i := 0
	w.gathered.spans.RemoveIf(func(ptrace.Span) bool { i++; return i > len(w.gathered.calls) })
	j.call.Reuse() // what the fault has left in its memory is not to be met again
	j.release()
}

func (j *decoding) release() {
	j.x.Release()
	j.x = nil
}

// full tells that what is gathered is to be handed on before anything else is decoded.
func (w *worker) full() bool {
	n := w.gathered.spans.Len()
	return n >= w.batch.MaxSpans || w.gathered.contentBytes >= batchContentBytesMax || n >= politeSpans && w.polite()
}

// flush hands on what was gathered.
func (w *worker) flush() {
	w.due.Stop()
	if w.gathered.spans.Len() == 0 {
		return
	}
	w.makeWay()
	w.recorder.handOn(w.gathered)
	w.gathered = w.newBatch()
}

// rest lets the proxy run.
func (w *worker) rest() {
	switch {
	case len(w.queue) == 0:
		time.Sleep(restTime)
	case w.polite():
		runtime.Gosched()
	}
}

// batchContentBytesMax ends a batch whose spans hold bodies before it has all its spans. OTLP receivers take 4 MiB at once, which
// has to do for the other attributes, too.
const batchContentBytesMax = 3 << 20

func contentBytes(call *genai.Call) int {
	if call.Content == nil {
		return 0
	}
	return len(call.Content.Request) + len(call.Content.Response)
}

// batch is what one worker gathers.
type batch struct {
	traces       ptrace.Traces
	spans        ptrace.SpanSlice
	calls        []finished // of the spans
	contentBytes int
}

// finished is what of a call is told to others when it has no span after all.
type finished struct {
	upstream string
	ticket   int64 // for what it has reserved in the ledger; 0 for nothing
}

func (r *recorder) newBatch() *batch {
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	r.resource.CopyTo(resource.Resource())
	scope := resource.ScopeSpans().AppendEmpty()
	scope.Scope().SetName(scopeName)
	return &batch{traces: traces, spans: scope.Spans()}
}
