package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
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
		tellPlain(err)
		return false
	}
	return s.c.SetDeadline(time.Time{}) == nil
}

// tellPlain answers a client that speaks HTTP where TLS is expected.
func tellPlain(err error) {
	var record tls.RecordHeaderError
	if !errors.As(err, &record) || record.Conn == nil {
		return
	}
	for _, method := range []string{"GET /", "POST ", "PUT /", "HEAD ", "OPTIO", "DELET", "PATCH"} {
		if string(record.RecordHeader[:]) == method {
			_, _ = io.WriteString(record.Conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"+
				"llmtap: an HTTP request was sent to an HTTPS port\n")
		}
	}
}
