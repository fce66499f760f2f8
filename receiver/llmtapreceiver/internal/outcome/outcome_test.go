package outcome

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

func TestOf(t *testing.T) {
	f := func(end exchange.End, status int, class string, ended bool, want genai.Outcome, wantType string) {
		t.Helper()
		got, gotType := Of(&exchange.Exchange{End: end, Status: status}, class, ended)
		require.Equal(t, want, got)
		require.Equal(t, wantType, gotType)
	}
	f(exchange.Completed, 200, "", true, genai.OutcomeOK, "")
	f(exchange.Completed, 200, "", false, genai.OutcomeUpstreamError, "stream_broken")
	f(exchange.Completed, 200, "overloaded", false, genai.OutcomeUpstreamError, "overloaded")
	f(exchange.Completed, 400, "context_length", true, genai.OutcomeClientError, "context_length")
	f(exchange.Completed, 400, "", false, genai.OutcomeClientError, "invalid_request")
	f(exchange.Completed, 429, "", true, genai.OutcomeClientError, "rate_limit")
	f(exchange.Completed, 500, "", true, genai.OutcomeUpstreamError, "server_error")
	f(exchange.Completed, 504, "", true, genai.OutcomeTimeout, "timeout")
	f(exchange.ClientGone, 200, "", false, genai.OutcomeClientAbort, "client_abort")
	f(exchange.ClientGone, 0, "", false, genai.OutcomeClientAbort, "client_abort")
	f(exchange.ClientGone, 200, "", true, genai.OutcomeOK, "")
	f(exchange.ClientGone, 200, "server_error", false, genai.OutcomeUpstreamError, "server_error")
	f(exchange.UpstreamBroken, 200, "", false, genai.OutcomeUpstreamError, "stream_broken")
	f(exchange.UpstreamBroken, 200, "", true, genai.OutcomeOK, "")
	f(exchange.UpstreamBroken, 502, "", false, genai.OutcomeUpstreamError, "upstream_unavailable")
	f(exchange.UpstreamUnreachable, 502, "server_error", true, genai.OutcomeUpstreamError, "upstream_unavailable")
	f(exchange.UpstreamTimeout, 504, "", false, genai.OutcomeTimeout, "timeout")
	f(exchange.UpstreamTimeout, 200, "", false, genai.OutcomeTimeout, "timeout")
	f(exchange.UpstreamTimeout, 200, "", true, genai.OutcomeOK, "")
	f(exchange.BadRequest, 400, "", false, genai.OutcomeClientError, "invalid_request")
	f(exchange.Stopped, 503, "", false, genai.OutcomeTapError, "tap_error")
	f(exchange.Stopped, 200, "", false, genai.OutcomeTapError, "tap_error")
	f(exchange.Stopped, 200, "", true, genai.OutcomeOK, "")
	f(exchange.Refused, 429, "rate_limit", true, genai.OutcomeRefused, "blocked_by_budget")
	f(exchange.TapFailed, 500, "", false, genai.OutcomeTapError, "tap_error")
}
