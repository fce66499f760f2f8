package proxy

import (
	"time"

	"github.com/llmtap/llmtap/internal/exchange"
)

// Hooks let the receiver take part in recorded calls. Without them the proxy only forwards and records. The call waits for
// a hook, so it must return at once.
type Hooks struct {
	// Admit may refuse a request before the upstream is asked; nil admits it.
	Admit func(*Request) *Refusal
	// Rewrite may change a request whose body came with a length and fits its copy; nil leaves it as it is.
	Rewrite func(*Request) *Rewrite
}

// Request is what a hook sees, valid during its call.
type Request struct {
	Upstream      string
	ServerAddress string
	ServerPort    int
	Method        string
	// Path is without query and upstream prefix.
	Path string
	// Target is Path with the query.
	Target string
	Header exchange.Header
	// Body is the whole body, or the part of it that was copied. BodySize is the size of the whole, -1 when it is not known yet.
	Body     []byte
	BodySize int64
	// Ticket may be set by Admit; it comes back in the Exchange.
	Ticket int64
}

// Refusal is an error that the tap itself answers with, in the form that the caller's API has for errors.
type Refusal struct {
	Status int
	// Code is the value of x-llmtap-error and the code in the error object.
	Code    string
	Message string
	// Cause is that of the Exchange, where it is more than Code. The caller is not told of it.
	Cause string
	// RetryAfter is sent in whole seconds when positive.
	RetryAfter time.Duration
}

// Patch replaces the bytes of a body from From to before To. The bytes around them are sent without a copy.
type Patch struct {
	From, To int
	Text     string
}

// Rewrite is a change to a request and what follows from it.
type Rewrite struct {
	Patch
	// Filter gives the filter for a streamed answer, or nil to pass it on as it is.
	Filter func(status int, header exchange.Header) Filter
	// Irreversible tells by the head of a successful answer that no filter can undo the change. It may be nil.
	Irreversible func(header exchange.Header) bool
	// Rejected, if set, is called when the original body was sent after all and was not refused: the upstream had refused the
	// changed one with 400 or 422, or its answer was irreversible.
	Rejected func()
}

// Filter undoes in an answer what a rewritten request caused.
type Filter interface {
	// Next appends to dst what of the body so far, continued by piece, can be passed on.
	Next(dst, piece []byte) []byte
	// Last appends to dst what was held back when the body ends.
	Last(dst []byte) []byte
}

// ask puts a request before the hooks. It gives the refusal, if there is one. A body that is sent as it arrives cannot be rewritten.
func (t *transfer) ask() *Refusal {
	hooks := &t.p.cfg.Hooks
	if t.record == nil || (hooks.Admit == nil && hooks.Rewrite == nil) {
		return nil
	}
	r := &t.forHooks
	*r = Request{
		Upstream:      t.req.upstream.Name,
		ServerAddress: t.req.upstream.hostname,
		ServerPort:    t.req.upstream.port,
		Method:        t.req.method,
		Path:          t.req.path,
		Target:        t.req.recordedTarget,
		Header:        exchange.Header(t.req.RawHeaders()),
		Body:          t.payload,
		BodySize:      int64(len(t.payload)),
	}
	if t.upload != nil {
		r.Body, r.BodySize = t.record.request.bytes, t.bodySize()
	}
	if hooks.Admit != nil {
		var refusal *Refusal
		t.p.runHook(func() { refusal = hooks.Admit(r) })
		t.record.Ticket = r.Ticket
		if refusal != nil {
			return refusal
		}
	}
	if hooks.Rewrite != nil && t.upload == nil {
		t.p.runHook(func() { t.rewrite = hooks.Rewrite(r) })
	}
	return nil
}

// runHook runs a hook so that a panic in it costs its part in the call, not the call.
func (p *Proxy) runHook(hook func()) {
	defer func() {
		if recover() != nil { // its value may hold bytes of a body and is not kept
			p.faults.Add(1)
		}
	}()
	hook()
}

// bodySize is that of a body that is passed on as it arrives.
func (t *transfer) bodySize() int64 {
	if t.bodyRead {
		return t.record.request.size
	}
	if t.req.chunked {
		return -1
	}
	return int64(t.req.ContentLength())
}

// rejects tells the statuses by which servers refuse a field that they do not know.
func rejects(status int) bool { return status == 400 || status == 422 }

// unfit tells by the answer's head that the request has to be sent as it was.
func (t *transfer) unfit(answer arrival) (unfit bool) {
	status := t.resp.StatusCode()
	if rejects(status) || t.rewrite.Irreversible == nil || status > 299 {
		return rejects(status)
	}
	t.p.runHook(func() { unfit = t.rewrite.Irreversible(headerOf(answer.head())) })
	return unfit
}

// fallBack sends the original request after the rewritten one turned out unfit.
func (t *transfer) fallBack() (arrival, error) {
	rewrite := t.rewrite
	t.rewrite = nil
	t.killUpstream()
	answer, err := t.roundTrip()
	if err == nil && !rejects(t.resp.StatusCode()) && rewrite.Rejected != nil {
		t.p.runHook(rewrite.Rejected)
	}
	return answer, err
}
