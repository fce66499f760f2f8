package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"time"
)

func (s *session) handshake() bool {
	conn, ok := s.c.Conn.(*tls.Conn)
	if !ok {
		return true
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(s.p.cfg.Limits.HeaderTimeout))
	err := s.await(s.p.cfg.Limits.HeaderTimeout, func(*session) error {
		return conn.HandshakeContext(context.Background())
	})
	s.c.readBy = deadline{}
	if err != nil {
		if !saidNothing(conn, err) {
			s.p.handshakes.Add(1)
		}
		s.tellPlain(err)
		return false
	}
	return s.c.SetDeadline(time.Time{}) == nil
}

// saidNothing tells that a client has left without a word, as health checks do that only look whether the port is open.
func saidNothing(conn *tls.Conn, err error) bool {
	return conn.ConnectionState().Version == 0 && (errors.Is(err, io.EOF) || isAny(err, resets))
}

// tellPlain answers a client that speaks HTTP where TLS is expected.
func (s *session) tellPlain(err error) {
	record, ok := errors.AsType[tls.RecordHeaderError](err)
	if !ok || record.Conn == nil {
		return
	}
	for _, method := range []string{"GET /", "POST ", "PUT /", "HEAD ", "OPTIO", "DELET", "PATCH"} {
		if string(record.RecordHeader[:]) == method {
			refusal := Refusal{Status: 400, Code: "bad_request", Message: "an HTTP request was sent to an HTTPS port"}
			_, _ = record.Conn.Write(s.render("", refusal, false))
			linger(record.Conn)
		}
	}
}
