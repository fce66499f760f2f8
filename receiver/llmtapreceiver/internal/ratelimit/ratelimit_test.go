package ratelimit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
)

var now = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func read(lines ...string) *genai.Call {
	call := &genai.Call{}
	Read(&exchange.Message{Header: exchange.Header(strings.Join(lines, "\r\n") + "\r\n")}, now, call)
	return call
}

func TestRateLimits(t *testing.T) {
	f := func(want []genai.RateLimit, lines ...string) {
		t.Helper()
		require.Equal(t, want, read(lines...).RateLimits)
	}
	known := genai.Known
	f([]genai.RateLimit{ // OpenAI, Groq
		{Kind: "requests", Limit: known(500), Remaining: known(499), Reset: 120 * time.Millisecond},
		{Kind: "tokens", Limit: known(30000), Remaining: known(0), Reset: 6 * time.Minute},
	}, "x-ratelimit-limit-requests: 500", "X-RateLimit-Remaining-Requests: 499", "x-ratelimit-reset-requests: 120ms",
		"x-ratelimit-limit-tokens: 30000", "x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 6m0s")
	f([]genai.RateLimit{{Kind: "tokens", Limit: known(10)}}, // Azure
		"x-ratelimit-limit-tokens: 10", "x-ratelimit-remaining-tokens: -1", "x-ratelimit-renewalperiod-tokens: 60",
		"x-ratelimit-abusepenalty-active: False")
	f([]genai.RateLimit{{Kind: "input_tokens", Limit: known(8), Remaining: known(7), Reset: 30 * time.Second}}, // Anthropic
		"anthropic-ratelimit-input-tokens-limit: 8", "anthropic-ratelimit-input-tokens-remaining: 7",
		"anthropic-ratelimit-input-tokens-reset: 2026-11-23T05:00:30Z")
	f([]genai.RateLimit{{Kind: "tokens_minute", Remaining: known(5)}}, // Mistral
		"x-ratelimit-remaining-tokens-minute: 5", "x-ratelimit-tokens-query-cost: 8")
	f([]genai.RateLimit{{Kind: "requests", Limit: known(60), Remaining: known(59), Reset: 2500 * time.Millisecond}}, // Together
		"x-ratelimit-limit: 60.0", "x-ratelimit-remaining: 59", "x-ratelimit-reset: 2.5")
	f([]genai.RateLimit{{Kind: "requests", Reset: time.Minute}}, fmt.Sprintf("ratelimit-reset: %d", now.Unix()+60))
	f([]genai.RateLimit{{Kind: "requests", Reset: time.Minute}}, fmt.Sprintf("x-ratelimit-reset: %d", now.UnixMilli()+60_000)) // OpenRouter
	f(nil, "content-type: application/json", "ratelimit: x", "x-ratelimit-", "anthropic-ratelimit-x: 1")
}

func TestRetryAfter(t *testing.T) {
	f := func(want time.Duration, lines ...string) {
		t.Helper()
		require.Equal(t, want, read(lines...).RetryAfter)
	}
	f(20*time.Second, "Retry-After: 20")
	f(1500*time.Millisecond, "retry-after: 1.5")
	f(1234*time.Millisecond, "retry-after: 2", "retry-after-ms: 1234")
	f(time.Minute, "retry-after: Mon, 23 Nov 2026 05:01:00 GMT")
	f(0, "retry-after: Mon, 23 Nov 2026 04:01:00 GMT")
	f(0, "retry-after: soon")
	f(0, "retry-after: -1")
	f(0, "retry-after: NaN")
	f(waitMax, "retry-after: 999999999")
}

func TestKindsAreBounded(t *testing.T) {
	f := func(n int) {
		t.Helper()
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("x-ratelimit-limit-kind%02d: 1", i))
		}
		require.Len(t, read(lines...).RateLimits, min(n, kindsMax))
	}
	f(kindsMax)
	f(kindsMax + 1)
	long := strings.Repeat("k", kindBytesMax+1)
	require.Len(t, read("x-ratelimit-limit-" + long + ": 1").RateLimits[0].Kind, kindBytesMax)
	require.Equal(t, "a__b", read("x-ratelimit-limit-a.\"b: 1").RateLimits[0].Kind)
}
