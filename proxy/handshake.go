package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"time"
)

func (s *session) handshake() bool {
	if _, ok := s.c.Conn.(*tls.Conn); !ok {
		return true
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(s.p.cfg.Limits.HeaderTimeout))
	err := s.await(s.p.cfg.Limits.HeaderTimeout, func(s *session) error {
		return s.c.Conn.(*tls.Conn).HandshakeContext(context.Background())
	})
	s.c.readBy = deadline{}
	if err != nil {
		s.p.handshakes.Add(1)
		s.tellPlain(err)
		return false
	}
	return s.c.SetDeadline(time.Time{}) == nil
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
