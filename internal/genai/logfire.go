package genai

import (
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// logfire is what Logfire's instrumentations of clients say. Of a streamed call there are two spans: one that ends when the
// answer begins, and one without a length, a log, when it has ended. The log has the tokens, and is the one that counts.
type logfire struct {
	// kind is span or log.
	kind string
	// request is the request's JSON, took how long the stream was.
	request string
	took    time.Duration
}

// toldLater tells that a log will tell of the call: a stream of which nothing is known but that it has begun.
func (l *logfire) toldLater(span ptrace.Span, c *Call) bool {
	return l.kind == "span" && c.Usage == (Usage{}) && span.Status().Code() != ptrace.StatusCodeError && l.streamed()
}

func (l *logfire) streamed() bool {
	var request struct {
		Stream bool `json:"stream"`
	}
	return readJSON(l.request, &request) && request.Stream
}

// stretch gives the call of a log the time of the stream.
func (l *logfire) stretch(c *Call) {
	if l.kind != "log" || l.took == 0 {
		return
	}
	c.Stream = true
	c.stretch(l.took)
}

// stretch gives a call of which the span was made at the end the time that it took.
func (c *Call) stretch(took time.Duration) {
	c.Start = c.Start.Add(c.Duration - took)
	c.Duration = took
}
