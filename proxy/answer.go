package proxy

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

// refusal is an answer of the tap itself.
type refusal struct {
	status  int
	code    string // value of x-llmtap-error
	message string
}

var statusTexts = map[int]string{
	400: "Bad Request", 404: "Not Found", 413: "Content Too Large", 429: "Too Many Requests",
	431: "Request Header Fields Too Large", 502: "Bad Gateway", 504: "Gateway Timeout",
}

// answer sends a refusal in the caller's dialect and gives false: the connection is closed after it, because the rest
// of the request may still be on its way.
func (s *session) answer(t *transfer, r refusal) bool {
	path := ""
	if t != nil {
		path = s.req.path
		t.status = r.status
	}
	body := errorBody(path, r)
	head := "HTTP/1.1 " + strconv.Itoa(r.status) + " " + statusTexts[r.status] +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) +
		"\r\nx-llmtap-error: " + r.code + "\r\nConnection: close\r\n\r\n"
	if string(s.req.Method()) == "HEAD" {
		body = ""
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(s.p.cfg.Limits.HeaderTimeout))
	if _, err := s.c.Write([]byte(head + body)); err == nil {
		s.linger()
	}
	return false
}

const (
	lingerTime     = time.Second
	lingerBytesMax = 1 << 20
)

// linger reads on for a while: closing a connection that holds unread bytes would reset it, and the client might lose
// the answer (RFC 9112, section 9.6).
func (s *session) linger() {
	closeWrite(s.c.Conn)
	_ = s.c.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, s.c, lingerBytesMax)
}

// errorBody is the error object of the API that the path belongs to.
func errorBody(path string, r refusal) string {
	kind := "server_error"
	if r.status < 500 {
		kind = "invalid_request_error"
	}
	var object any
	if strings.HasSuffix(path, "/messages") || strings.Contains(path, "/messages/") {
		if r.status >= 500 {
			kind = "api_error"
		}
		object = map[string]any{"type": "error", "error": map[string]any{"type": kind, "message": "llmtap: " + r.message}}
	} else {
		object = map[string]any{"error": map[string]any{
			"message": "llmtap: " + r.message, "type": kind, "param": nil, "code": r.code,
		}}
	}
	body, _ := json.Marshal(object) // plain strings cannot fail
	return string(body)
}
