package proxy

import (
	"bytes"
	"cmp"
	"context"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/llmtap/llmtap/internal/exchange"
)

// transfer is one request on its way to the upstream and back. A session has one, used for request after request, as is
// its memory.
type transfer struct {
	*session
	progress
	resp     fasthttp.ResponseHeader
	out      []byte    // what is made to be written
	parts    [5][]byte // of one write
	buffers  net.Buffers
	forHooks Request
	onGone   func()

	mu      sync.Mutex // guards what others read and write
	up      *upstreamConn
	gone    bool // the client has left
	stopped bool // the tap is being shut down, and no time is left
	cancel  context.CancelFunc
}

// progress is what a transfer knows of its request.
type progress struct {
	start    time.Time
	ready    time.Time  // when the request could be sent
	record   *recording // nil when the request is no model call
	payload  []byte     // the request's whole body, where it was read before sending
	upload   *upload    // the body, or the rest of it, where it was not
	arriving upload     // where that lies
	body     framing    // of the answer
	edit     editor     // nil where the answer is passed on as it is
	status   int        // that the client gets
	overhead time.Duration
	end      exchange.End
	cause    string
	answered bool // the head of an answer was passed on
	last     bool // the client was told that the connection ends
	bodyRead bool // all of the request was read from the client
	sent     bool // the upstream has taken all of the request
	stalled  bool // it has not taken it in time
	rewrite  *Rewrite
	early    *earlyAnswer // while a body is sent as it arrives
}

func newTransfer(s *session) *transfer {
	t := &transfer{session: s}
	t.onGone = t.abort
	t.resp.DisableNormalizing()
	return t
}

// begin makes the transfer ready for the request whose head was read.
func (t *transfer) begin() {
	t.progress = progress{start: time.Now()}
	t.mu.Lock()
	t.gone, t.cancel = false, nil
	t.mu.Unlock()
}

// startRecording begins to record a model call; any other request is not recorded.
func (t *transfer) startRecording() {
	if t.req.recordedTarget != "" {
		t.record = newRecording(t.p.cfg.Limits.BodyCopyBytes, &t.p.copies)
	}
}

// run takes the request to the upstream and its answer back. It gives false when the connection cannot be used further.
func (t *transfer) run() bool {
	err := t.readBody()
	if err == nil && t.gathers() {
		err = t.gather()
	}
	if err != nil {
		return t.fail(clientError(err))
	}
	t.ready = time.Now()
	t.bodyRead = t.bodyRead || t.upload == nil
	if refusal := t.ask(); refusal != nil {
		t.end, t.cause = exchange.Refused, cmp.Or(refusal.Cause, refusal.Code)
		return t.refuse(*refusal)
	}
	keep, err := t.pass()
	if err != nil {
		return t.fail(err)
	}
	if t.status == 101 {
		return t.tunnel()
	}
	keep = keep && t.bodyRead // else the rest of the body would pass for the next request, see relay
	// The upstream's is not kept where the next request would pass for the rest of this one, or of the tunnel that this one asked for,
	// or the rest of this answer for the next.
	t.release(keep && t.sent && !t.req.tunnel && !t.closesUnsaid() && !t.mayTrail())
	t.lingers = true // when this is the last answer
	return keep && !t.last && !t.req.ConnectionClose()
}

// pass sends the request and passes the answer on. From when the request was read to its end, it is cancelled when the
// client leaves.
func (t *transfer) pass() (bool, error) {
	t.p.watcher.add(t.c, t.onGone)
	defer t.p.watcher.remove(t.c)
	answer, err := t.roundTrip()
	if err == nil && t.rewrite != nil && t.unfit(answer) {
		answer, err = t.fallBack()
	}
	if err != nil {
		return false, err
	}
	return t.relay(answer)
}

// closesUnsaid tells that the upstream closes its connection without saying so: after a request of HTTP/1.0, as nobody has asked
// it to keep it (RFC 9112, section 9.3), and as llama.cpp's server does after each chunked answer. A request that is sent
// before that is seen would be lost.
func (t *transfer) closesUnsaid() bool {
	return !t.req.IsHTTP11() || t.body.chunked && bytes.HasPrefix(t.resp.Server(), []byte("llama.cpp"))
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
	r.Upstream, r.ServerAddress, r.ServerPort = u.Name, u.hostname, u.port
	r.Method, r.Target = t.req.method, t.req.recordedTarget
	r.Request = r.request.message(r.requestHeader)
	r.Response = r.response.message(r.responseHeader)
	r.Status, r.End, r.Cause = t.status, t.end, t.cause
	r.Start, r.Duration, r.Overhead = t.start, time.Since(t.start), t.overhead
	r.Sent, r.UsageInjected = t.sent, t.rewrite != nil
	t.p.offer(&r.Exchange)
}

func (c *bodyCopy) message(header exchange.Header) exchange.Message {
	return exchange.Message{Header: header, Body: c.bytes, Size: c.size, Truncated: c.truncated, Tail: c.end()}
}
