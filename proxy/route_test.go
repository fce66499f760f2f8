package proxy

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/freeport"
)

// The route of one request on a connection is used again for the next one only if that asks for the same.
func TestRoutesOfRequestsOnOneConnection(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	requests := make(chan sent, 1)
	addr, rec := startTap(t, keeping(t, answer, requests), func(c *Config) { c.Upstreams[0].Prefix = "/up" })
	conn, br := dial(t, addr)
	f := func(line, forwarded, recorded string) {
		t.Helper()
		send(t, conn, line+" HTTP/1.1\r\nHost: tap\r\nContent-Length: 0\r\n\r\n")
		expect(t, br, answer)
		got, _, _ := strings.Cut((<-requests).head, " HTTP")
		require.Equal(t, forwarded, got)
		if recorded != "" {
			e := rec.next(t)
			require.Equal(t, recorded, e.Method+" "+e.Target)
		}
		require.Empty(t, rec.got)
	}
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("GET /up/v1/chat", "GET /v1/chat", "")
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("POST /up/v1/chat?a=1", "POST /v1/chat?a=1", "POST /v1/chat?a=1")
	f("POST /up/v1/chat?a=2", "POST /v1/chat?a=2", "POST /v1/chat?a=2")
	f("POST http://tap/up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("PoST /up/v1/chat", "PoST /v1/chat", "")
	f("POST /up/v1/chat", "POST /v1/chat", "POST /v1/chat")
	f("POST /up/models", "POST /models", "")
}

// An error has the form of the API that was asked, also where the request goes nowhere.
func TestRefusalsAreInTheFormOfTheAPI(t *testing.T) {
	addr, _ := startTap(t, freeport.Address(t), func(c *Config) {
		c.Upstreams[0].Prefix, c.Limits.HeaderFields = "/up", 10
	})
	const openAI, anthropic = `{"error":{"code":"`, `{"error":{"message":"llmtap: `
	f := func(target, fields, status, want string) {
		t.Helper()
		conn, _ := dial(t, addr)
		send(t, conn, "POST "+target+" HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 0\r\n"+fields+"\r\n")
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		head, body, _ := strings.Cut(string(got), "\r\n\r\n")
		require.Contains(t, head, "HTTP/1.1 "+status)
		require.True(t, strings.HasPrefix(body, want), body)
	}
	many := strings.Repeat("X: y\r\n", 10)
	f("/v1/messages", "", "404 ", anthropic)
	f("/v1/messages/count_tokens?beta=true", "", "404 ", anthropic)
	f("/v1/chat/completions", "", "404 ", openAI)
	f("/up/v1/messages", many, "431 ", anthropic)
	f("/up/v1/chat/completions", many, "431 ", openAI)
	f("/up/v1/messages?a=/x/messages", "Expect: y\r\n", "400 ", anthropic)
	f("/up/v1/responses?a=/v1/messages", "Expect: y\r\n", "400 ", openAI)
	f("/up/v1/messages", "", "502 ", anthropic)
}

// A page that calls from another site is told why, as it is by the model server.
func TestRefusalsCanBeReadByPages(t *testing.T) {
	addr, _ := startTap(t, freeport.Address(t), func(c *Config) {
		c.Upstreams[0].Prefix, c.Limits.HeaderFields = "/up", 10
		c.Allow = func(h exchange.Header) bool { return h.Get("x-api-key") != "" }
	})
	f := func(target, fields, status string) {
		t.Helper()
		ask := func(fields string) string {
			conn, _ := dial(t, addr)
			send(t, conn, "POST "+target+" HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 0\r\n"+fields+"\r\n")
			got, err := io.ReadAll(conn)
			require.NoError(t, err)
			require.Contains(t, string(got), "HTTP/1.1 "+status)
			return string(got)
		}
		require.Contains(t, ask("origin: http://app\r\n"+fields), "\r\nAccess-Control-Allow-Origin: *\r\n")
		require.NotContains(t, ask(fields), "Access-Control")
	}
	f("/up/v1/messages", "", "401 ")
	f("/v1/messages", "x-api-key: sk\r\n", "404 ")
	f("/up/v1/messages", "x-api-key: sk\r\n", "502 ")
	f("/up/v1/messages", strings.Repeat("X: y\r\n", 10), "431 ")
}
