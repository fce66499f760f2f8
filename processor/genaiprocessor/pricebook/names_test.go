package pricebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestNames(t *testing.T) {
	f := func(model string, want ...string) {
		t.Helper()
		require.Equal(t, append([]string{model}, want...), names(model))
	}
	f("")
	f("gpt-4o")
	f("OpenAI/gpt-4o", "gpt-4o")
	f("openrouter/anthropic/claude-opus-4.5", "anthropic/claude-opus-4.5", "claude-opus-4.5")
	f("publishers/google/models/gemini-2.5-pro", "google/models/gemini-2.5-pro", "models/gemini-2.5-pro", "gemini-2.5-pro")
	f("Qwen/Qwen3-32B")
	f("together_ai/meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct")
	f("openai/")
	f("/gpt-4o")
}

// What people and their gateways call a model: with a route, a date, a region, a deployment, as a fine-tune. A model of
// one's own has no price for being called like a hosted one.
func TestBuiltinKnowsModelsByTheirManyNames(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(provider, address, model string, input, output float64) {
		t.Helper()
		one := call("", tokens(100_000, 10_000))
		one.RequestModel, one.Provider, one.ServerAddress = model, provider, address
		cost, reason := c.Cost(one, nil)
		if input < 0 {
			require.Equal(t, NoPrice, reason, model)
			return
		}
		require.Empty(t, reason, model)
		require.Equal(t, genai.NanoUSDFrom(input/10+output/100), cost.Amount, model)
	}
	for _, model := range []string{"gpt-4o-2024-08-06", "GPT-4o", "openai/gpt-4o", "openai/gpt-4o-2024-08-06", "azure/gpt-4o"} {
		f("openai", "", model, 2.5, 10)
		f("azure.ai.openai", "acme.openai.azure.com", model, 2.5, 10)
		f("openai", "litellm.internal", model, 2.5, 10)
	}
	f("azure.ai.openai", "acme.openai.azure.com", "gpt-35-turbo", 0.5, 1.5)
	f("azure.ai.openai", "acme.openai.azure.com", "our-deployment", -1, 0)
	for _, model := range []string{
		"us.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
		"bedrock/converse/us.anthropic.claude-haiku-4-5-20251001-v1:0",
		"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
	} {
		f("aws.bedrock", "bedrock-runtime.us-east-1.amazonaws.com", model, 1.1, 5.5)
		f("aws.bedrock", "", model, 1.1, 5.5)
	}
	for _, model := range []string{"claude-haiku-4-5", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5", "claude-haiku-4-5@20251001"} {
		f("anthropic", "", model, 1, 5)
	}
	for _, model := range []string{"gemini-2.5-flash", "models/gemini-2.5-flash", "gemini/gemini-2.5-flash", "publishers/google/models/gemini-2.5-flash"} {
		f("gcp.gemini", "", model, 0.3, 2.5)
	}
	f("groq", "", "groq/llama-3.3-70b-versatile", 0.59, 0.79)
	f("together_ai", "api.together.xyz", "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo", 0.88, 0.88)
	for _, address := range []string{"", "api.openai.com"} {
		f("openai", address, "ft:gpt-4o-mini:org::id", 0.3, 1.2)
		f("openai", address, "ft:gpt-4o-mini-2024-07-18:acme:support:abc123", 0.3, 1.2)
		f("openai", address, "ft:gpt-4o-2024-08-06:acme::abc123", 3.75, 15)
		f("openai", address, "ft:gpt-4.1-2025-04-14:acme::abc123", 3, 12)
		f("openai", address, "ft:gpt-4.1-mini-2025-04-14:acme::abc123", 0.8, 3.2)
		f("openai", address, "ft:gpt-4.1-nano-2025-04-14:acme::abc123", 0.2, 0.8)
		f("openai", address, "ft:gpt-3.5-turbo:acme::abc123", 3, 6)
	}
	for _, model := range []string{
		"openai/gpt-oss-120b", "hosted_vllm/Qwen/Qwen3-32B", "ollama/llama3.2", "google/gemma-3-27b-it", "mistral-small-latest",
		"reedmayhew/claude-3.7-sonnet-reasoning-gemma3-12B", "acme/gpt-4o", "mygpt-4o-clone", "gpt-9", "groq/llama-3.3-70b-versatile",
	} {
		f("openai", "10.0.0.1", model, -1, 0)
	}
}

// Gateways have names for Anthropic's fast mode, which costs two to six times as much; Anthropic calls it a tier.
func TestBuiltinKnowsFastModeByItsNames(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(address, model, tier string, input, output, read, write float64) {
		t.Helper()
		one := call(model, tokens(100_000, 10_000))
		one.ServerAddress, one.ServiceTier = address, tier
		one.Usage.CacheRead, one.Usage.CacheWrite = genai.Known(20_000), genai.Known(30_000)
		cost, reason := c.Cost(one, nil)
		require.Empty(t, reason, model)
		require.Equal(t, genai.NanoUSDFrom((5*input+2*read+3*write+output)/100), cost.Amount, model)
	}
	for _, address := range []string{"ai-gateway.vercel.sh", "openrouter.ai", "litellm.internal", ""} {
		f(address, "anthropic/claude-opus-5.5-fast", "", 8, 40, 0.4, 10)
		f(address, "anthropic/claude-opus-4.8-fast", "", 10, 50, 1, 12.5)
		f(address, "anthropic/claude-opus-4.6-fast", "", 30, 150, 3, 37.5)
		f(address, "anthropic/claude-opus-5-fast-20260723", "", 10, 50, 1, 12.5)
		f(address, "anthropic/claude-opus-4.8", "", 5, 25, 0.5, 6.25)
	}
	f("ai-gateway.vercel.sh", "claude-opus-4-7-fast", "standard", 30, 150, 3, 37.5)
	f("ai-gateway.vercel.sh", "anthropic/claude-opus-5-fast", "fast", 10, 50, 1, 12.5)
	f("api.anthropic.com", "claude-opus-5-5", "fast", 8, 40, 0.4, 10)
	f("api.anthropic.com", "claude-opus-4-6-20260205", "fast", 30, 150, 3, 37.5)
	f("aiplatform.googleapis.com", "claude-opus-4-8", "fast", 10, 50, 1, 12.5)
}
