package pricebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestBuiltinPrices(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	require.Regexp(t, `^genai-prices-\d+\.\d+\.\d+$`, book.Version())
	c := NewCatalog(book)
	f := func(model, address string, want float64) {
		t.Helper()
		one := call(model, tokens(100_000, 10_000))
		one.ServerAddress = address
		cost, reason := c.Cost(one, nil)
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
		_, reason := c.Cost(own, nil)
		require.Equal(t, NoPrice, reason, model)
	}
}

func TestBuiltinOrderOfMagnitude(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	const perMillion = 1_000_000_000 // femto-dollars per token of 1 USD per million tokens
	var priced int
	for _, e := range book.entries {
		if e.input.femto+e.output.femto+e.perCall.femto == 0 {
			continue // what a host gives away
		}
		priced++
		require.LessOrEqual(t, e.input.femto, uint64(250*perMillion), e.selector)
		require.LessOrEqual(t, e.output.femto, uint64(1000*perMillion), e.selector)
		require.LessOrEqual(t, e.perCall.femto, uint64(1e15), e.selector)
		require.GreaterOrEqual(t, e.input.femto+e.output.femto+e.perCall.femto, uint64(perMillion/1000), e.selector)
		if e.cacheRead.set && e.input.femto > 0 {
			require.LessOrEqual(t, e.cacheRead.femto, e.input.femto, e.selector)
		}
		if e.cacheWrite.set && e.input.femto > 0 {
			require.LessOrEqual(t, e.cacheWrite.femto, 3*e.input.femto, e.selector)
		}
	}
	require.Greater(t, priced, 1000)
}

// The models that people use have prices at the addresses they use them at.
func TestBuiltinCovers(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	f := func(address string, least int) {
		t.Helper()
		models := make(map[string]bool)
		for _, e := range book.entries {
			if address == "" && len(e.addresses) == 0 || len(e.addresses) > 0 && matchAny(e.addresses, address) {
				models[e.selector] = true
			}
		}
		require.GreaterOrEqual(t, len(models), least, address)
	}
	f("", 140) // hosted models at any address
	f("api.openai.com", 80)
	f("api.anthropic.com", 20)
	f("aiplatform.googleapis.com", 40)
	f("bedrock-runtime.eu-central-1.amazonaws.com", 80)
	f("openrouter.ai", 500)
	f("api.together.xyz", 60)
	f("api.fireworks.ai", 25)
	f("api.groq.com", 20)
	f("api.deepseek.com", 5)
	f("api.mistral.ai", 30)
}
