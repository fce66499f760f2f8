// Package exchange holds what the tap saw of one HTTP exchange: bytes, times and how it ended.
// It knows no JSON and no telemetry; it is the contract between proxy and receiver.
package exchange

import (
	"strings"
	"time"
)

// Exchange is one request and its answer. The proxy fills it, hands it to a Sink and never touches it again.
type Exchange struct {
	// Upstream is the configured name of the model server; ServerAddress and ServerPort are where it was reached.
	Upstream      string
	ServerAddress string
	ServerPort    int

	Method string
	// Target is the path that the client asked for, without the upstream's prefix; a query may follow.
	Target string

	Request  Message
	Response Message
	// Status is the HTTP status that the client got; 0 when it got none.
	Status int

	// Start is when the head of the request had arrived, by the tap's clock.
	Start time.Time
	// Duration runs from Start until the last byte was passed on or the exchange was given up.
	Duration time.Duration
	// Overhead is the part of Duration that the tap itself caused before the first answer byte was passed on.
	Overhead time.Duration
	// Marks tell when the pieces of the answer's body arrived, in order. See MarksMax.
	Marks []Mark

	End End
	// Cause says in a few words why End is not Completed. It never holds bytes of a body or header.
	Cause string
	// Sent tells that the upstream was given all of the request.
	Sent bool
	// UsageInjected tells that the tap asked for usage on the client's behalf.
	UsageInjected bool
	// Ticket is what the hook that admitted the request gave it; 0 for none.
	Ticket int64

	// OnRelease, when set, is called by Release.
	OnRelease func(*Exchange)
}

// Path is Target without its query.
func (e *Exchange) Path() string {
	path, _, _ := strings.Cut(e.Target, "?")
	return path
}

// Release tells the proxy that nobody reads the exchange any more, so that the memory of its copies counts as free.
func (e *Exchange) Release() {
	if e.OnRelease != nil {
		e.OnRelease(e)
	}
}

// MarksMax bounds the marks of one exchange, as does the memory for all copies; later pieces extend the last mark.
const MarksMax = 1 << 16

// Mark says that the body up to Offset (in bytes on the wire, transfer coding removed) had arrived At after Start.
type Mark struct {
	Offset int64
	At     time.Duration
}

// Message is one direction of an exchange.
type Message struct {
	// Header is the block of field lines as sent.
	Header Header
	fields *Fields // of Header; nil until asked for
	// Body is a copy of the body's beginning, transfer coding removed, content coding kept.
	Body []byte
	// Size is the length of the whole body on the wire, without transfer coding.
	Size int64
	// Truncated tells that Body is shorter than what was passed on, because of a limit.
	Truncated bool
	// Tail is a copy of the end of a truncated body, at most TailBytesMax; it begins at Size - len(Tail).
	Tail []byte
}

// CutTo makes the copy of the body no longer than bytesMax, and keeps its end if there was none.
func (m *Message) CutTo(bytesMax int) {
	if len(m.Body) <= bytesMax {
		return
	}
	if len(m.Tail) == 0 {
		m.Tail = m.Body[max(bytesMax, len(m.Body)-TailBytesMax):]
	}
	m.Body, m.Truncated = m.Body[:bytesMax], true
}

// TailBytesMax bounds the copy of a truncated body's end, where streams and most answers have their token counts.
const TailBytesMax = 64 << 10

// Sink takes finished exchanges and releases them. Offer must return at once; false means that the exchange was not
// taken, and stays with the caller.
type Sink interface {
	Offer(*Exchange) bool
}

// End is how an exchange ended.
type End uint8

// The ends of an exchange.
const (
	Completed           End = iota // the answer was passed on to its end
	ClientGone                     // the client closed its connection first
	UpstreamUnreachable            // no connection to the upstream could be made
	UpstreamBroken                 // the upstream closed or broke its answer before the end
	UpstreamTimeout                // the upstream did not answer in time
	BadRequest                     // the request was no HTTP that can be forwarded
	Stopped                        // the tap was stopped before the end
	Refused                        // a hook refused the request
	TapFailed                      // the tap itself failed
)

var endNames = [...]string{
	"completed", "client_gone", "upstream_unreachable", "upstream_broken", "upstream_timeout",
	"bad_request", "stopped", "refused", "tap_failed",
}

// String gives the end's name.
func (e End) String() string { return endNames[e] }
