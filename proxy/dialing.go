package proxy

import (
	"crypto/tls"
	"errors"
)

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

func (f failure) unreachable() string {
	if f.cause == dialFailed {
		return "the model server cannot be reached"
	}
	return "the model server cannot be reached (" + f.cause + ")"
}
