package proxy

import (
	"bufio"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
)

// The memory of a recording serves one call after the other; one that is not answered must not seem to have the answer of the last.
func TestCallWithoutAnswerHasNoHeader(t *testing.T) {
	f := func(name string, change func(*Config), want exchange.End) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			up := rawUpstream(t, func(conn net.Conn, br *bufio.Reader) {
				if _, body, _ := readRequest(br); string(body) == "first" {
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Request-Id: first\r\nContent-Length: 2\r\n\r\nok")
				}
			})
			addr, rec := startTap(t, up, change)
			ask := func(body string) *exchange.Exchange {
				conn, _ := dial(t, addr)
				send(t, conn, closing(post(body)))
				_, err := io.ReadAll(conn)
				require.NoError(t, err)
				return rec.next(t)
			}
			for range 20 { // the memory may be another's in one round
				first := ask("first")
				require.Equal(t, "first", string(first.Response.Get("x-request-id")))
				first.Release()
				second := ask("second")
				require.Equal(t, want, second.End)
				require.Empty(t, string(second.Response.Header))
				second.Release()
			}
		})
	}
	f("the server closes its connection", nil, exchange.UpstreamBroken)
	f("refused", func(cfg *Config) {
		cfg.Hooks.Admit = func(r *Request) *Refusal {
			if string(r.Body) == "first" {
				return nil
			}
			return &Refusal{Status: 429, Code: "used_up"}
		}
	}, exchange.Refused)
}
