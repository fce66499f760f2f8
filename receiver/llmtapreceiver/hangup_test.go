package llmtapreceiver

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// Whoever never waits for the usage of a call uses up a budget all the same.
func TestHangingUpIsNotFree(t *testing.T) {
	chunk := `data: {"choices":[{"index":0,"delta":{"content":"` + strings.Repeat("a few words ", 20) + `"}}]}` + "\n\n"
	streams := func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, chunk)
		_ = http.NewResponseController(w).Flush()
		<-q.Context().Done()
	}
	silent := func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() }
	queued := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":"r","status":"queued"}`) }
	f := func(name, path string, upstream http.HandlerFunc, body io.Reader, want genai.Usage) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			b := startBudgeted(t, 30, func(w http.ResponseWriter, q *http.Request) {
				_, _ = io.Copy(io.Discard, q.Body) // else the server does not see that its client leaves
				if calls.Add(1) == 1 {
					upstream(w, q)
				}
			})
			b.hangUp(t, path, body, strings.HasPrefix(name, "before"))
			require.Equal(t, want, b.calls(t, 1)[0].Usage)
			status, reason := b.post(t, "/v1/chat/completions", chatRequest)
			require.Equal(t, http.StatusTooManyRequests, status)
			require.Contains(t, reason, "is used up")
		})
	}
	long := `{"messages":[{"role":"user","content":"` + strings.Repeat("many words ", 20) + `"}]}`
	none := genai.Usage{Source: genai.UsageNone}
	f("before the answer", "/v1/chat/completions", silent, strings.NewReader(long), none)
	f("before the answer to a request in chunks", "/v1/chat/completions", silent, io.MultiReader(strings.NewReader(long)), none)
	f("in the middle of it", "/v1/chat/completions", streams, strings.NewReader(chatRequest),
		genai.Usage{Input: genai.Known(1), Output: genai.Known(60), Source: genai.UsageEstimated})
	f("and the model goes on", "/v1/responses", queued, strings.NewReader(`{"input":"Hi","background":true}`), none)
}

// hangUp sends a request and leaves when something of its answer has come, or, of a server that is silent, once that has it.
func (b *budgeted) hangUp(t *testing.T, path string, body io.Reader, silent bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+path, body)
	require.NoError(t, err)
	request.Header.Set("X-Llmtap-User", "ada")
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if response, err := b.client.Do(request); err == nil {
			_, _ = response.Body.Read(make([]byte, 1))
			_ = response.Body.Close()
		}
	}()
	<-b.upstream
	if !silent {
		<-answered
	}
	cancel()
	<-answered
}

// A request that the model server has not got in whole costs nothing.
func TestHangingUpWithinTheRequestIsFree(t *testing.T) {
	b := startBudgeted(t, 100, func(w http.ResponseWriter, q *http.Request) {
		if _, err := io.Copy(io.Discard, q.Body); err == nil {
			_, _ = io.WriteString(w, fewTokens)
		}
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Llmtap-User: ada\r\nContent-Length: 100000000\r\n\r\n"+
		strings.Repeat(" ", 5<<20))
	require.NoError(t, err)
	<-b.upstream
	require.NoError(t, conn.Close())
	require.Equal(t, genai.OutcomeClientAbort, b.calls(t, 1)[0].Outcome)
	status, _ := b.post(t, "/v1/chat/completions", chatRequest)
	require.Equal(t, http.StatusOK, status)
}
