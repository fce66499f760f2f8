package proxy

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
)

// failure is why a transfer ended early.
type failure struct {
	end   exchange.End
	cause string
	err   error
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
		return failure{end: exchange.UpstreamTimeout, cause: cause + " in time", err: err}
	}
	return failure{end: exchange.UpstreamBroken, cause: cause, err: err}
}

// broken is the failure of an answer whose framing is malformed.
func broken(err error) error {
	if err == nil {
		return nil
	}
	return failure{end: exchange.UpstreamBroken, cause: err.Error(), err: err}
}

// fail ends a transfer: with an answer of the tap's own when none was begun, else by closing the connection, as the
// upstream did.
func (t *transfer) fail(err error) bool {
	t.killUpstream()
	f, ok := errors.AsType[failure](err)
	if !ok {
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
	return t.refuse(f.refusal())
}

// refusal is the answer that tells the client of a failure.
func (f failure) refusal() Refusal {
	switch {
	case f.end == exchange.Stopped:
		return Refusal{Status: 503, Code: "tap_stopped", Message: "the tap was shut down before the model server had answered"}
	case f.end == exchange.BadRequest:
		return Refusal{Status: 400, Code: "bad_request", Message: f.cause}
	case isTimeout(f.err):
		return Refusal{Status: 504, Code: "upstream_timeout", Message: "the model server did not answer in time"}
	case f.end == exchange.UpstreamUnreachable:
		return Refusal{Status: 502, Code: "upstream_unreachable", Message: f.unreachable()}
	case f.end == exchange.UpstreamBroken:
		return Refusal{Status: 502, Code: "upstream_broken", Message: "the model server gave no valid answer (" + f.cause + ")"}
	}
	return Refusal{Status: 502, Code: "tap_error", Message: f.cause}
}

func (f failure) unreachable() string {
	if f.cause == dialFailed {
		return "the model server cannot be reached"
	}
	return "the model server cannot be reached (" + f.cause + ")"
}
