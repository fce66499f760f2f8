package proxy

import (
	"encoding/json"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/llmtap/llmtap/internal/exchange"
)

// refuse answers a request that is not passed on. It returns false when the connection is closed after that, because the
// rest of the request may still be on its way.
func (t *transfer) refuse(r Refusal) (keep bool) {
	t.status = r.Status
	return t.writeRefusal(t.req.path, t.bodyRead && !t.req.ConnectionClose() && !t.c.isDraining(), r)
}

// writeRefusal writes a refusal in the dialect of the API that the path belongs to. With keep it leaves the connection open, and
// returns whether that is so.
func (s *session) writeRefusal(path string, keep bool, r Refusal) bool {
	s.c.writeWithin(time.Now(), s.p.cfg.Limits.HeaderTimeout)
	if _, err := s.c.Write(s.render(path, r, keep)); err != nil {
		return false
	}
	s.lingers = !keep
	return keep
}

func (s *session) render(path string, r Refusal, keep bool) []byte {
	body := errorBody(path, r)
	head := "HTTP/1.1 " + strconv.Itoa(r.Status) + " " + fasthttp.StatusMessage(r.Status) +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) +
		"\r\nx-llmtap-error: " + r.Code + "\r\n"
	if r.RetryAfter > 0 {
		head += "Retry-After: " + strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))) + "\r\n"
	}
	if r.Status == 401 {
		head += "WWW-Authenticate: Bearer\r\n"
	}
	if exchange.Header(s.req.RawHeaders()).Get("Origin") != "" {
		head += readableByPages
	}
	if !keep {
		head += "Connection: close\r\n"
	}
	if string(s.req.Method()) == "HEAD" {
		body = ""
	}
	return []byte(head + "\r\n" + body)
}

// readableByPages lets a page of another site read what went wrong, where its browser would tell it of no more than a network error
// (Fetch standard, CORS check).
const readableByPages = "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Retry-After, x-llmtap-error\r\n"

const (
	lingerTime     = time.Second
	lingerBytesMax = 64 << 20 // more than the APIs take
)

// linger reads on for a while: closing a connection that holds unread bytes would reset it, and the client might lose
// the answer (RFC 9112, section 9.6).
func linger(conn net.Conn) {
	closeWrite(conn)
	_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, conn, lingerBytesMax)
}

// errorBody is the error object of the API that the path belongs to.
func errorBody(path string, r Refusal) string {
	kind := "server_error"
	switch {
	case r.Status == 429:
		kind = "rate_limit_error"
	case r.Status < 500:
		kind = "invalid_request_error"
	}
	var object any
	if strings.HasSuffix(path, "/messages") || strings.Contains(path, "/messages/") {
		switch {
		case r.Status >= 500:
			kind = "api_error"
		case r.Status == 401:
			kind = "authentication_error"
		}
		object = map[string]any{"type": "error", "error": map[string]any{"type": kind, "message": "llmtap: " + r.Message}}
	} else {
		object = map[string]any{"error": map[string]any{
			"message": "llmtap: " + r.Message, "type": kind, "param": nil, "code": r.Code,
		}}
	}
	body, _ := json.Marshal(object) // plain strings cannot fail
	return string(body)
}
