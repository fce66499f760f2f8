package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/llmtap/llmtap/internal/exchange"
)

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
			return t.unreachable(err)
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

// unreachable is the failure to get a connection that the upstream takes requests on.
func (t *transfer) unreachable(err error) error {
	if tell := t.p.cfg.Unreachable; tell != nil && t.interrupted() == nil {
		tell(t.req.upstream.Name, err)
	}
	return failure{end: exchange.UpstreamUnreachable, cause: dialCause(err), err: err}
}

// noAnswer is the failure to read the head of an answer.
func (t *transfer) noAnswer(err error) error {
	if isFailure(err) {
		return err
	}
	if !t.up.reused && isAlert(err) {
		t.sent = false
		return t.unreachable(handshakeError{err})
	}
	return upstreamError(noEOF(err), "no answer")
}

// isAlert tells that the other side has refused the connection by an alert of TLS. As of TLS 1.3 the handshake ends for a client
// before the server has looked at its certificate (RFC 8446, section 4.4.2.4).
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" // so crypto/tls
}

const dialFailed = "dial failed"

// handshakeError is a failure of TLS on a connection that was made.
type handshakeError struct{ error }

func (e handshakeError) Unwrap() error { return e.error }

// dialCause says what kept the tap from connecting. What the error itself says, names of hosts and authorities, is not
// the client's to know.
func dialCause(err error) string {
	var untrusted *tls.CertificateVerificationError
	var handshake handshakeError
	switch {
	case errors.As(err, &untrusted):
		return "certificate of the model server not trusted"
	case errors.As(err, &handshake):
		return "TLS handshake failed"
	}
	return dialFailed
}
