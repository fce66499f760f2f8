package proxy

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// transfer is one request on its way to the upstream and back. A session has one, used for request after request.
type transfer struct {
	*session
	progress

	mu      sync.Mutex // guards what others read and write
	up      *upstreamConn
	gone    bool // the client has left
	stopped bool // the tap is being shut down, and no time is left
	cancel  context.CancelFunc
}

// progress is what a transfer knows of its request.
type progress struct {
	start    time.Time
	record   *recording // nil when the request is no model call
	payload  []byte     // the request's body where it was read before sending
	upload   bodyReader // where it was not
	body     framing
	edit     editor // nil where the answer is passed on as it is
	status   int
	overhead time.Duration
	end      exchange.End
	cause    string
	answered bool // the head of an answer was passed on
	last     bool // the client was told that the connection ends
	bodyRead bool // all of the request was read from the client
	unsent   bool // the upstream has not taken all of the request
	rewrite  *Rewrite
	early    *early // while a body is sent as it arrives
}

// begin makes the transfer ready for the request whose head was read.
func (t *transfer) begin() {
	t.progress = progress{start: time.Now()}
	t.mu.Lock()
	t.gone, t.cancel = false, nil
	t.mu.Unlock()
}

func (t *transfer) prepare() {
	if t.req.recorded != "" {
		t.record = newRecording(t.p.cfg.Limits.BodyCopyBytes, &t.p.copies)
	}
}

// run takes the request to the upstream and its answer back. It gives false when the connection cannot be used further.
func (t *transfer) run() bool {
	rest, err := t.readBody()
	if err != nil {
		return t.fail(clientError(err))
	}
	if rest != nil && t.gathers() {
		if err := t.gather(rest); err != nil {
			return t.fail(clientError(err))
		}
	}
	ready := time.Now()
	t.bodyRead = t.bodyRead || rest == nil
	if refusal := t.ask(rest == nil); refusal != nil {
		t.end, t.cause = exchange.Refused, refusal.Code
		return t.answer(t, *refusal)
	}
	keep, err := t.pass(rest, ready)
	if err != nil {
		return t.fail(err)
	}
	if t.status == 101 {
		return t.tunnel()
	}
	keep = keep && t.bodyRead                         // else the rest of the body would pass for the next request
	t.release(keep && !t.unsent && !t.closesUnsaid()) // or the next request would pass for the rest of this one
	t.lingers = true                                  // when this is the last answer
	return keep && !t.last && !t.req.ConnectionClose()
}

// pass sends the request, whose known part was read at ready, and passes the answer on. From when the request was read
// to its end, it is cancelled when the client leaves.
func (t *transfer) pass(rest *bodyReader, ready time.Time) (bool, error) {
	t.p.watcher.add(t.c, t.onGone)
	defer t.p.watcher.remove(t.c)
	answer, err := t.roundTrip(rest, ready)
	if err == nil && t.rewrite != nil && t.unfit(answer) {
		answer, err = t.fallBack(ready)
	}
	if err != nil {
		return false, err
	}
	return t.relay(answer)
}

// abort is called by the watch when the client has left.
func (t *transfer) abort() { t.interrupt(&t.gone) }

// stop is called when the tap is shut down and no time is left.
func (t *transfer) stop() { t.interrupt(&t.stopped) }

// interrupt cancels what is asked of the upstream, for the reason given.
func (t *transfer) interrupt(reason *bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*reason = true
	if t.cancel != nil {
		t.cancel()
	}
	if t.up != nil {
		t.up.kill()
	}
}

// connect gets a connection to the upstream, which a client that leaves cancels.
func (t *transfer) connect(fresh bool) error {
	var up *upstreamConn
	if !fresh {
		up = t.req.upstream.reuse()
	}
	if up == nil {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		t.mu.Lock()
		t.cancel = cancel
		if t.gone || t.stopped {
			cancel()
		}
		t.mu.Unlock()
		var err error
		if up, err = t.req.upstream.dial(ctx); err != nil {
			return failure{end: exchange.UpstreamUnreachable, cause: dialCause(err), timeout: isTimeout(err), err: err}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.up = up
	if t.gone || t.stopped {
		up.kill()
	}
	return nil
}

// closesUnsaid tells that the upstream closes its connection although it says that it keeps it, as llama.cpp's server does
// after each chunked answer. A request that is sent before that is seen would be lost.
func (t *transfer) closesUnsaid() bool {
	return t.body.chunked && bytes.HasPrefix(t.resp.Server(), []byte("llama.cpp"))
}

// release gives the upstream connection back when it can serve another request.
func (t *transfer) release(keep bool) {
	t.mu.Lock()
	up := t.up
	t.up = nil
	t.mu.Unlock()
	if up == nil {
		return
	}
	if keep && !up.cut.Load() {
		t.req.upstream.put(up)
	} else {
		up.kill()
		t.joinEarly()
	}
}

func (t *transfer) killUpstream() { t.release(false) }

// failure is why a transfer ended early.
type failure struct {
	end     exchange.End
	cause   string
	timeout bool
	err     error
}

func (f failure) Error() string { return f.cause }
func (f failure) Unwrap() error { return f.err }

// clientError is a failure to read from or write to the client.
func clientError(err error) error {
	if errors.Is(err, errBody) {
		return failure{end: exchange.BadRequest, cause: "malformed request body", err: err}
	}
	return failure{end: exchange.ClientGone, cause: "client connection closed", err: err}
}

// upstreamError is a failure to read from or write to the upstream.
func upstreamError(err error, cause string) error {
	if isTimeout(err) {
		return failure{end: exchange.UpstreamTimeout, cause: cause + " in time", timeout: true, err: err}
	}
	return failure{end: exchange.UpstreamBroken, cause: cause, err: err}
}

// fail ends a transfer: with an answer of the tap's own when none was begun, else by closing the connection, as the
// upstream did.
func (t *transfer) fail(err error) bool {
	t.killUpstream()
	var f failure
	if !errors.As(err, &f) {
		f = failure{end: exchange.TapFailed, cause: "internal error"}
	}
	if interrupted := t.interrupted(); interrupted != nil {
		f = *interrupted
	}
	t.end, t.cause = f.end, f.cause
	switch {
	case f.end == exchange.ClientGone:
		return false
	case t.answered:
		if t.body.untilClose {
			t.c.reset() // its end in order would be that of the answer
		}
		return false
	}
	return t.answer(t, f.refusal())
}

// interrupted gives the failure of a transfer that was interrupted; nil when it was not.
func (t *transfer) interrupted() *failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.stopped:
		return &failure{end: exchange.Stopped, cause: "the tap was shut down"}
	case t.gone:
		return &failure{end: exchange.ClientGone, cause: "client connection closed"}
	}
	return nil
}

// refusal is the answer that tells the client of a failure.
func (f failure) refusal() Refusal {
	switch {
	case f.end == exchange.Stopped:
		return Refusal{Status: 503, Code: "tap_stopped", Message: "the tap was shut down before the model server had answered"}
	case f.end == exchange.BadRequest:
		return Refusal{Status: 400, Code: "bad_request", Message: f.cause}
	case f.timeout:
		return Refusal{Status: 504, Code: "upstream_timeout", Message: "the model server did not answer in time"}
	case f.end == exchange.UpstreamUnreachable:
		return Refusal{Status: 502, Code: "upstream_unreachable", Message: f.unreachable()}
	case f.end == exchange.UpstreamBroken:
		return Refusal{Status: 502, Code: "upstream_broken", Message: "the model server gave no valid answer (" + f.cause + ")"}
	}
	return Refusal{Status: 502, Code: "tap_error", Message: f.cause}
}

// finish offers what was recorded. An idle connection keeps nothing of its last call.
func (t *transfer) finish() {
	t.killUpstream()
	if t.record != nil {
		t.offer(t.record)
	}
	t.progress, t.forHooks = progress{}, Request{}
}

func (t *transfer) offer(r *recording) {
	u := t.req.upstream
	r.requestHeader = r.keepHeader(r.requestHeader, t.req.RawHeaders())
	r.Upstream, r.ServerAddress, r.ServerPort = u.Name, u.name, u.port
	r.Method, r.Target = t.req.method, t.req.recorded
	r.Request = r.request.message(r.requestHeader)
	r.Response = r.response.message(r.responseHeader)
	r.Status, r.End, r.Cause = t.status, t.end, t.cause
	r.Start, r.Duration, r.Overhead = t.start, time.Since(t.start), t.overhead
	r.UsageInjected = t.rewrite != nil
	t.p.offer(&r.Exchange)
}

func (c *bodyCopy) message(header exchange.Header) exchange.Message {
	return exchange.Message{Header: header, Body: c.bytes, Size: c.size, Truncated: c.truncated, Tail: c.end()}
}
