package llmtapreceiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/coding"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/history"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/outcome"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/ratelimit"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/redact"
)

// decoder makes a Call of an exchange. It may be used by several workers at once.
type decoder struct {
	paths         *paths
	headers       caller.Headers
	fields        caller.Fields
	keys          *genai.KeyHasher
	environment   string
	content       bool
	plainBytesMax int
	judge         *fidelity.Judge
	servers       *servers
	redact        *redact.Redactor
	failed        func(reason string) // told of what could not be read; see decodeFailures
}

// The reasons why an exchange, or a part of it, could not be decoded.
const (
	failedCoding = "coding" // its content coding is unknown or damaged
	failedJSON   = "json"   // a body is not the JSON that its API has
	failedPanic  = "panic"  // a decoder has a fault
	failedRedact = "redact" // a captured body was cut because not all of it could be searched for what must not be kept
)

// decode reads an exchange into call. Whatever goes wrong, the call holds what could be read. Its detail may share
// memory with the exchange.
func (d *decoder) decode(x *exchange.Exchange, call *genai.Call) {
	m := memories.Get().(*memory)
	defer m.done(x)
	x.Request.Index(&m.request)
	x.Response.Index(&m.response)
	d.common(x, call)
	if !d.guard(func() { d.body(x, &m.plain, call) }) {
		call.Detail = nil // half of it is read: nothing is to be judged by that
	}
	d.servers.put(&x.Response, call)
}

// check judges a call, and takes out of it what must not be kept.
func (d *decoder) check(call *genai.Call) {
	d.guard(func() { d.judge.ApplyRedacting(call, d.redact) })
	if !d.guard(func() { d.redact.Apply(call) }) {
		call.Content = nil
	}
}

// memory is what decoding one exchange after the other uses again.
type memory struct {
	plain             exchange.Exchange // whose bodies are free of content coding
	request, response exchange.Fields
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// done gives the memory back, so that the exchange does not read the next one's header in it, nor the pool hold its bodies.
func (m *memory) done(x *exchange.Exchange) {
	x.Request.Unindex()
	x.Response.Unindex()
	m.plain = exchange.Exchange{}
	memories.Put(m)
}

// isCall tells whether an exchange is a model call. One in which telling meets a fault is not lost for that: it is one.
func (d *decoder) isCall(x *exchange.Exchange) (is bool) {
	is = true
	d.guard(func() {
		found, _ := d.paths.api(x.Method, x.Path())
		is = found != nil && found.takes(&x.Request)
	})
	return is
}

// guard runs a part of the decoding, so that a fault in it costs no more than that part. It gives false when there was one.
func (d *decoder) guard(part func()) (ok bool) {
	defer func() {
		if recover() != nil { // its value may hold bytes of a body and is not kept
			d.failed(failedPanic)
		}
	}()
	part()
	return true
}

// common gives what calls of all APIs have, without looking into the bodies.
func (d *decoder) common(x *exchange.Exchange, call *genai.Call) {
	call.Become(genai.Call{
		Start: x.Start, Duration: x.Duration, TapOverhead: x.Overhead,
		Upstream: x.Upstream, ServerAddress: x.ServerAddress, ServerPort: x.ServerPort, HTTPStatus: x.Status,
		RequestBytes: x.Request.Size, ResponseBytes: x.Response.Size,
		RequestTruncated: x.Request.Truncated, ResponseTruncated: x.Response.Truncated,
		Ticket: x.Ticket,
		Usage:  genai.Usage{Source: genai.UsageNone},
	})
	call.Outcome, call.ErrorType = outcome.Of(x, "", x.End == exchange.Completed)
	if x.End == exchange.Refused {
		call.SetLabel(genai.LabelBudget, x.Cause)
	}
	call.Caller.Environment = d.environment
	call.Caller.KeyHash = d.keys.Hash(caller.Key(&x.Request))
	d.headers.Read(&x.Request, call)
	if retry, err := strconv.ParseUint(string(x.Request.Get("x-stainless-retry-count")), 10, 16); err == nil {
		call.Retry = int(retry)
	}
	ratelimit.Read(&x.Response, x.Start.Add(x.Duration), call)
	call.ClientRequestID = requestID(&x.Request, "x-request-id", "x-client-request-id", "x-correlation-id")
	call.ServerRequestID = requestID(&x.Response, "x-request-id", "request-id", "apim-request-id", "x-litellm-call-id", "x-correlation-id")
	identify(call, &x.Request)
}

// requestID gives the first of these header fields that is there.
func requestID(m *exchange.Message, names ...string) string {
	for _, name := range names {
		if id := m.Get(name); len(id) > 0 {
			return jsonscan.Name(id)
		}
	}
	return ""
}

// body undoes content codings, and encodings of a request other than UTF-8, into plain, and lets the API's decoder read the bodies.
func (d *decoder) body(x, plain *exchange.Exchange, call *genai.Call) {
	*plain = *x
	requestErr := d.plainRequest(&plain.Request)
	marks, responseErr := d.plain(&plain.Response, plain.Marks)
	plain.Marks = marks
	call.RequestTruncated, call.ResponseTruncated = plain.Request.Truncated, plain.Response.Truncated
	if errors.Join(requestErr, responseErr) != nil {
		d.failed(failedCoding)
	}
	if isUnreadable(&plain.Response, responseErr) && x.End == exchange.Completed {
		plain.End = exchange.UpstreamBroken // which it is to clients, however well its framing ended
	}
	if d.content {
		call.Content = &genai.Content{
			Request:  jsonscan.ValidUTF8(plain.Request.Body),
			Response: jsonscan.ValidUTF8(plain.Response.Body),
		}
	}
	api, model := d.paths.api(x.Method, x.Path())
	if api == nil {
		return
	}
	if err := api.decode(plain, d.fields, call); err != nil {
		d.failed(failedJSON)
	}
	if call.RequestModel == "" {
		call.RequestModel = jsonscan.Name([]byte(model))
	}
	noteForm(plain, call)
	if call.Operation == genai.OperationChat {
		call.History = history.End(call)
	}
}

// plainRequest is plain for a request. Its content coding does not count where there is none: servers in Python take no notice of it
// (Starlette's Request.json and Request.form).
func (d *decoder) plainRequest(m *exchange.Message) (err error) {
	text := jsonscan.InUTF8(m.Body)
	if !beginsObject(text) && !prompt.IsForm(m) {
		_, err = d.plain(m, nil)
		text = jsonscan.InUTF8(m.Body)
	}
	m.Body = text
	m.CutTo(d.plainBytesMax)
	return err
}

// beginsObject looks as far as a member's quote: a content coding may have a brace where JSON may.
func beginsObject(text []byte) bool {
	const space = " \t\r\n"
	rest, found := bytes.CutPrefix(bytes.TrimLeft(text, space), []byte{'{'})
	rest = bytes.TrimLeft(rest, space)
	return found && len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

// plain replaces a body by its plain form, truncated when a limit has cut one of the two, and gives the marks in that. A body
// that cannot be decoded is as good as cut to nothing.
func (d *decoder) plain(m *exchange.Message, marks []exchange.Mark) ([]exchange.Mark, error) {
	encoding := string(m.Get("content-encoding"))
	if encoding == "" {
		m.CutTo(d.plainBytesMax)
		return marks, nil
	}
	body, marks, all, err := coding.Decode(encoding, m.Body, marks, d.plainBytesMax)
	if m.Truncated {
		err = nil // the coding's end was cut off
	}
	m.Body, m.Tail = body, nil
	m.Truncated = m.Truncated || !all || isUnreadable(m, err)
	return marks, err
}

// isUnreadable tells a body of which a content coding that is damaged, or broken off, leaves nothing. One that is unknown may be
// known to the client.
func isUnreadable(m *exchange.Message, err error) bool {
	return err != nil && len(m.Body) == 0 && !errors.Is(err, coding.ErrUnknown)
}

// identify gives the call the trace that its request announces, or one of its own, and a new span id.
func identify(call *genai.Call, request *exchange.Message) {
	call.SpanID = newSpanID()
	if request.Get("traceparent") != nil {
		ctx := propagation.TraceContext{}.Extract(context.Background(), carrier{request.Header})
		if parent := trace.SpanContextFromContext(ctx); parent.IsValid() {
			call.TraceID = pcommon.TraceID(parent.TraceID())
			call.ParentSpanID = pcommon.SpanID(parent.SpanID())
			call.TraceFlags = genai.TraceRemoteKnown | genai.TraceRemote | uint32(parent.TraceFlags())
			return
		}
	}
	call.TraceID, call.TraceFlags = newTraceID(), genai.TraceRemoteKnown|genai.TraceSampled
}

func newSpanID() (id pcommon.SpanID) {
	binary.NativeEndian.PutUint64(id[:], 1+rand.Uint64N(1<<64-1))
	return id
}

func newTraceID() (id pcommon.TraceID) {
	binary.NativeEndian.PutUint64(id[:8], 1+rand.Uint64N(1<<64-1))
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	return id
}

// carrier lets the propagator read a header block.
type carrier struct{ exchange.Header }

// Set does nothing: what is received is not changed.
func (carrier) Set(string, string) {}

// Keys has nothing to give; the propagator asks by name.
func (carrier) Keys() []string { return nil }
