package pricebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// A server that is down would use up budgets.
func TestCallsThatFailedAreNotChargedPerCall(t *testing.T) {
	perCall, perSecond := Price{Model: []string{"m"}, PerCall: usd(0.25)}, Price{Model: []string{"m"}, PerSecond: usd(0.25)}
	f := func(price Price, outcome genai.Outcome, errorType string, usage genai.Usage, want bool) {
		t.Helper()
		c := call("m", usage)
		c.Outcome, c.ErrorType = outcome, errorType
		cost, _ := catalog(t, price).Cost(c, nil)
		require.Equal(t, want, cost.Known)
	}
	f(perCall, genai.OutcomeUpstreamError, genai.ErrorUpstreamUnavailable, genai.Usage{}, false)
	f(perCall, genai.OutcomeClientError, genai.ErrorRateLimit, genai.Usage{}, false)
	f(perCall, genai.OutcomeTapError, genai.ErrorTapError, genai.Usage{}, false)
	f(perCall, "", "openai.RateLimitError", genai.Usage{}, false)
	f(perCall, genai.OutcomeUpstreamError, genai.ErrorStreamBroken, tokens(1, 1), true)
	f(perCall, genai.OutcomeClientAbort, genai.ErrorClientAbort, genai.Usage{}, true)
	f(perCall, genai.OutcomeTimeout, genai.ErrorTimeout, genai.Usage{}, true)
	f(perCall, genai.OutcomeOK, "", genai.Usage{}, true)
	f(perCall, "", "", genai.Usage{}, true)
	f(perSecond, genai.OutcomeUpstreamError, genai.ErrorServerError, genai.Usage{}, true) // it took its time
}

// Cut to the whole, what cannot be would make all of the input sound, or all of the output images.
func TestCostOfImpossibleCountsIsUnknown(t *testing.T) {
	price := flat("m", 1, 1)
	price.AudioInput, price.ImageOutput = usd(100), usd(100)
	f := func(change func(*genai.Usage)) {
		t.Helper()
		usage := tokens(1000, 100)
		change(&usage)
		cost, reason := catalog(t, price).Cost(call("m", usage), nil)
		require.Equal(t, unknown(), cost)
		require.Equal(t, OutOfRange, reason)
	}
	f(func(u *genai.Usage) { u.Reasoning = genai.Known(genai.TokensMax + 1) })
	f(func(u *genai.Usage) { u.AudioInput = genai.Known(genai.TokensMax + 1) })
	f(func(u *genai.Usage) { u.ImageOutput = genai.Known(1 << 62) })
	f(func(u *genai.Usage) { u.CacheWriteLong = genai.Known(1 << 62) })
}
