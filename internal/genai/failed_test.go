package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Mastra's span of a call that failed ends well and names no error.
func TestAnswerThatEndsInAnErrorFailed(t *testing.T) {
	f := func(want string, attributes map[string]any) {
		t.Helper()
		attributes["gen_ai.operation.name"], attributes["gen_ai.response.finish_reasons"] = "chat", `["error"]`
		c, ok := readRaw(t, attributes)
		require.True(t, ok)
		require.Equal(t, want, c.ErrorType)
	}
	f(errorOther, map[string]any{"gen_ai.provider.name": "openai.chat"})
	f("APICallError", map[string]any{"error.type": "APICallError"})
	f("", map[string]any{"llmtap.outcome": "ok"})
}

// Quarkus leaves the status of a span unset; Claude Code says success: false.
func TestCallWithoutAnAnswerFailed(t *testing.T) {
	f := func(want string, status ptrace.StatusCode, exception string, attributes map[string]any) {
		t.Helper()
		span := ptrace.NewSpan()
		require.NoError(t, span.Attributes().FromRaw(attributes))
		span.Attributes().PutStr(AttrOperationName, "chat")
		span.Status().SetCode(status)
		if exception != "" {
			event := span.Events().AppendEmpty()
			event.SetName("exception")
			event.Attributes().PutStr("exception.type", exception)
		}
		var c Call
		require.True(t, ReadSpan(span, &c))
		require.Equal(t, want, c.ErrorType)
	}
	f("RateLimitException", ptrace.StatusCodeUnset, "RateLimitException", nil)
	f("", ptrace.StatusCodeOk, "RetriedException", nil)
	f("", ptrace.StatusCodeUnset, "RetriedException", map[string]any{"gen_ai.usage.output_tokens": 5})
	f("", ptrace.StatusCodeUnset, "RetriedException", map[string]any{"gen_ai.response.finish_reasons": []any{"stop"}})
	f("", ptrace.StatusCodeUnset, "RetriedException", map[string]any{"gen_ai.response.id": "chatcmpl-1"})
	f("", ptrace.StatusCodeUnset, "IOException", map[string]any{"llmtap.outcome": "ok"})
	f(errorOther, ptrace.StatusCodeUnset, "", map[string]any{"success": false})
	f("429", ptrace.StatusCodeUnset, "", map[string]any{"http.response.status_code": 429}) // a gateway's, on its span of the request
	f("429", ptrace.StatusCodeUnset, "", map[string]any{"http.status_code": 429, "gen_ai.usage.input_tokens": 5})
	f("503", ptrace.StatusCodeError, "", map[string]any{"http.response.status_code": 503})
	f("TimeoutError", ptrace.StatusCodeError, "TimeoutError", map[string]any{"http.response.status_code": 504})
	f("", ptrace.StatusCodeUnset, "", map[string]any{"http.response.status_code": 200})
	f("", ptrace.StatusCodeOk, "", map[string]any{"http.response.status_code": 429})
	f("", ptrace.StatusCodeUnset, "", map[string]any{"http.response.status_code": 429, "gen_ai.response.finish_reasons": []any{"stop"}})
	f("", ptrace.StatusCodeUnset, "", map[string]any{"http.response.status_code": 429, "llmtap.outcome": "ok"})
	f("", ptrace.StatusCodeUnset, "", map[string]any{"success": true})
	f("", ptrace.StatusCodeUnset, "", map[string]any{"success": false, "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 5})
}
