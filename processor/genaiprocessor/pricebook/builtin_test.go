package pricebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestBuiltinPrices(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	require.Regexp(t, `^\d{4}-\d{2}-\d{2}$`, book.Version())
	c := NewCatalog(book)
	f := func(model, address string, want float64) {
		t.Helper()
		one := call(model, tokens(100_000, 10_000))
		one.ServerAddress = address
		cost, reason := c.Cost(one)
		require.Empty(t, reason)
		require.Equal(t, genai.Cost{
			Amount: genai.NanoUSDFrom(want), Known: true, Source: SourceBuiltin, PriceVersion: book.version,
		}, cost)
	}
	f("gpt-4o-mini-2024-07-18", "api.openai.com", 0.021)
	f("gpt-5-mini", "", 0.045)
	f("claude-opus-4-5-20251101", "api.anthropic.com", 0.75)
	f("gemini-2.5-pro", "generativelanguage.googleapis.com", 0.225)
	f("openai/gpt-oss-120b", "api.groq.com", 0.021)
}

func TestBuiltinKnowsNoPriceOfOwnMachines(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	for _, model := range []string{"openai/gpt-oss-120b", "Qwen/Qwen3-32B", "meta-llama/Llama-3.3-70B-Instruct", "llama3.2"} {
		own := call(model, tokens(1, 1))
		own.ServerAddress, own.Upstream = "10.0.0.1", "vllm"
		_, reason := c.Cost(own)
		require.Equal(t, NoPrice, reason, model)
	}
}

func TestBuiltinOrderOfMagnitude(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	require.Greater(t, len(book.entries), 100)
	const perMillion = 1_000_000_000 // femto-dollars per token of 1 USD per million tokens
	for _, e := range book.entries {
		require.True(t, e.input.set, e.selector)
		require.LessOrEqual(t, e.input.femto, uint64(200*perMillion), e.selector)
		require.LessOrEqual(t, e.output.femto, uint64(1000*perMillion), e.selector)
		require.GreaterOrEqual(t, e.input.femto+e.output.femto, uint64(perMillion/100), e.selector)
		if e.cacheRead.set {
			require.LessOrEqual(t, e.cacheRead.femto, e.input.femto, e.selector)
		}
		if e.cacheWrite.set {
			require.LessOrEqual(t, e.cacheWrite.femto, 2*e.input.femto, e.selector)
		}
	}
}
