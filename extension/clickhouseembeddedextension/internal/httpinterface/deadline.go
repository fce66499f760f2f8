package httpinterface

import (
	"context"
	"net/http"
	"time"
)

// lastWriteTime is how long clients may take to read their answers when the handler closes.
const lastWriteTime = time.Second

// boundReading lets reading a request from now on take no longer than a query may, and end with the handler: a client that stops
// sending would keep its place among the queries, and Close waiting.
func (h *Handler) boundReading(w http.ResponseWriter) (stop func() bool) {
	controller := http.NewResponseController(w)
	if h.config.QueryTimeout > 0 {
		_ = controller.SetReadDeadline(time.Now().Add(h.config.QueryTimeout))
	}
	return context.AfterFunc(h.ctx, func() { _ = controller.SetReadDeadline(time.Now()) })
}

// boundWriting does the same for an answer that its client does not read.
func (h *Handler) boundWriting(w http.ResponseWriter) (stop func() bool) {
	controller := http.NewResponseController(w)
	if h.config.QueryTimeout > 0 {
		_ = controller.SetWriteDeadline(time.Now().Add(h.config.QueryTimeout))
	}
	return context.AfterFunc(h.ctx, func() { _ = controller.SetWriteDeadline(time.Now().Add(lastWriteTime)) })
}

// unbound takes the limits of the request before off its connection.
func unbound(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // net/http does so for reading only
}
