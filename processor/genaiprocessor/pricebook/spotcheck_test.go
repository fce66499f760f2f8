package pricebook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// The book has the prices that the makers' and hosts' public price lists had, compared by hand: per million tokens of
// input, output, input from the cache and written to it; -1 is not on the list.
func TestBuiltinHasThePricesOfPublicLists(t *testing.T) {
	book, err := Builtin()
	require.NoError(t, err)
	c := NewCatalog(book)
	f := func(date, address, model string, input, output, read, write float64) {
		t.Helper()
		begin, err := time.Parse(time.DateOnly, date)
		require.NoError(t, err)
		check := func(usage genai.Usage, want float64) {
			t.Helper()
			if want < 0 {
				return
			}
			one := call(model, usage)
			one.Start, one.ServerAddress = begin.Add(12*time.Hour), address
			cost, reason := c.Cost(one, nil)
			require.Empty(t, reason, model)
			require.Equal(t, genai.NanoUSDFrom(want/10), cost.Amount, "%s: %+v", model, usage)
		}
		const n = 100_000 // below all context tiers
		in := func(parts genai.Usage) genai.Usage {
			parts.Input, parts.Output = genai.Known(n), genai.Known(0)
			return parts
		}
		check(in(genai.Usage{}), input)
		check(tokens(0, n), output)
		check(in(genai.Usage{CacheRead: genai.Known(n)}), read)
		check(in(genai.Usage{CacheWrite: genai.Known(n)}), write)
	}
	// OpenAI
	f("2025-10-01", "api.openai.com", "gpt-4o-2024-08-06", 2.50, 10, 1.25, -1)
	f("2025-10-01", "api.openai.com", "gpt-4o-mini-2024-07-18", 0.15, 0.60, 0.075, -1)
	f("2025-10-01", "api.openai.com", "gpt-4.1-2025-04-14", 2, 8, 0.50, -1)
	f("2025-10-01", "api.openai.com", "gpt-4.1-mini-2025-04-14", 0.40, 1.60, 0.10, -1)
	f("2025-10-01", "api.openai.com", "gpt-4.1-nano-2025-04-14", 0.10, 0.40, 0.025, -1)
	f("2025-10-01", "api.openai.com", "gpt-5-2025-08-07", 1.25, 10, 0.125, -1)
	f("2025-10-01", "api.openai.com", "gpt-5-mini-2025-08-07", 0.25, 2, 0.025, -1)
	f("2025-10-01", "api.openai.com", "gpt-5-nano-2025-08-07", 0.05, 0.40, 0.005, -1)
	f("2025-10-01", "api.openai.com", "o3-2025-04-16", 2, 8, 0.50, -1)
	f("2025-10-01", "api.openai.com", "o4-mini-2025-04-16", 1.10, 4.40, 0.275, -1)
	f("2025-10-01", "api.openai.com", "o1-2024-12-17", 15, 60, 7.50, -1)
	f("2025-10-01", "api.openai.com", "gpt-4-turbo-2024-04-09", 10, 30, -1, -1)
	f("2025-10-01", "api.openai.com", "gpt-3.5-turbo-0125", 0.50, 1.50, -1, -1)
	f("2025-10-01", "api.openai.com", "text-embedding-3-small", 0.02, 0, -1, -1)
	f("2025-10-01", "api.openai.com", "text-embedding-3-large", 0.13, 0, -1, -1)
	f("2026-11-20", "api.openai.com", "gpt-6.2-astra", 8, 40, 0.40, 10)
	f("2026-11-20", "api.openai.com", "gpt-6.2-sol", 2, 10, 0.10, 2.50)
	f("2026-11-20", "api.openai.com", "gpt-6.1-sol-2026-09-29", 2, 10, 0.10, 2.50)
	f("2026-11-20", "api.openai.com", "gpt-6.1-terra", 1, 5, 0.05, 1.25)
	f("2026-11-20", "api.openai.com", "gpt-6-luna", 0.10, 0.50, 0.01, 0.125)
	f("2026-11-20", "eu.api.openai.com", "gpt-6.2-sol", 2.20, 11, 0.11, 2.75)
	f("2026-11-20", "us.api.openai.com", "gpt-5.4-mini-2026-03-17", 0.825, 4.95, 0.0825, -1)
	f("2026-11-20", "eu.api.openai.com", "gpt-5.2", 1.75, 14, 0.175, -1)
	f("2026-11-20", "eu.api.openai.com", "gpt-realtime-2025-08-28", 4, 16, 0.40, -1)
	f("2026-11-20", "eu.api.openai.com", "gpt-realtime-mini", 0.60, 2.40, 0.06, -1)
	f("2026-11-20", "eu.api.openai.com", "gpt-realtime-2.1-mini", 0.66, 2.64, 0.066, -1)
	// Anthropic
	f("2025-10-01", "api.anthropic.com", "claude-sonnet-4-5-20250929", 3, 15, 0.30, 3.75)
	f("2025-10-01", "api.anthropic.com", "claude-sonnet-4-20250514", 3, 15, 0.30, 3.75)
	f("2025-10-01", "api.anthropic.com", "claude-opus-4-1-20250805", 15, 75, 1.50, 18.75)
	f("2025-10-01", "api.anthropic.com", "claude-3-5-haiku-20241022", 0.80, 4, 0.08, 1)
	f("2025-11-01", "api.anthropic.com", "claude-haiku-4-5-20251001", 1, 5, 0.10, 1.25)
	f("2025-12-01", "api.anthropic.com", "claude-opus-4-5-20251101", 5, 25, 0.50, 6.25)
	f("2026-11-20", "api.anthropic.com", "claude-fable-5-2", 8, 40, 0.20, 10)
	f("2026-10-01", "api.anthropic.com", "claude-sonnet-5-5", 2, 10, 0.20, 2.50)
	f("2026-11-20", "api.anthropic.com", "claude-sonnet-5-5", 2, 10, 0.10, 2.50)
	f("2026-11-20", "openrouter.ai", "anthropic/claude-sonnet-5.5", 2, 10, 0.10, 2.50)
	f("2026-11-20", "api.anthropic.com", "claude-haiku-5-5", 0.10, 0.50, 0.01, 0.125)
	// Google
	f("2025-10-01", "generativelanguage.googleapis.com", "gemini-2.5-pro", 1.25, 10, -1, -1)
	f("2025-10-01", "generativelanguage.googleapis.com", "gemini-2.5-flash", 0.30, 2.50, -1, -1)
	f("2025-10-01", "generativelanguage.googleapis.com", "gemini-2.5-flash-lite", 0.10, 0.40, -1, -1)
	f("2025-10-01", "generativelanguage.googleapis.com", "gemini-2.0-flash", 0.10, 0.40, 0.025, -1)
	f("2026-11-20", "generativelanguage.googleapis.com", "gemini-4-argon", 2, 10, 0.10, -1)
	f("2026-12-01", "generativelanguage.googleapis.com", "models/gemini-4-carbon", 4, 20, 0.20, -1)
	f("2026-11-20", "generativelanguage.googleapis.com", "gemini-4-hydrogen", 1.50, 7.50, 0.075, -1)
	f("2026-11-20", "generativelanguage.googleapis.com", "gemini-4-neon", 3, 15, 0.15, -1)
	f("2026-11-20", "aiplatform.googleapis.com", "claude-sonnet-4-5@20250929", 3, 15, 0.30, 3.75)
	f("2026-11-20", "us-east5-aiplatform.googleapis.com", "claude-sonnet-4-5@20250929", 3.30, 16.50, 0.33, 4.125)
	f("2026-11-20", "aiplatform.eu.rep.googleapis.com", "claude-opus-5", 5.50, 27.50, 0.55, 6.875)
	f("2026-11-20", "us-east5-aiplatform.googleapis.com", "claude-opus-4-1@20250805", 15, 75, 1.50, 18.75)
	// Other makers
	f("2025-10-15", "api.deepseek.com", "deepseek-chat", 0.28, 0.42, 0.028, -1)
	f("2026-06-15", "api.deepseek.com", "deepseek-chat", 0.14, 0.28, 0.0028, -1)
	f("2026-09-01", "api.deepseek.com", "deepseek-v4-flash", 0.22, 0.66, 0.007, -1)
	f("2026-11-15", "api.deepseek.com", "deepseek-v4-flash", 0.15, 0.60, 0.003, -1)
	f("2026-11-15", "api.deepseek.com", "deepseek-flash", 0.15, 0.60, 0.003, -1)
	f("2026-11-15", "api.deepseek.com", "deepseek-v4-pro", 0.66, 1.98, 0.022, -1)
	f("2025-10-01", "api.x.ai", "grok-4-0709", 3, 15, 0.75, -1)
	f("2025-10-01", "api.x.ai", "grok-4-fast", 0.20, 0.50, 0.05, -1)
	f("2026-11-20", "api.x.ai", "grok-4.20-0309-reasoning", 1.25, 2.50, 0.20, -1)
	f("2026-11-20", "api.x.ai", "grok-4.20-multi-agent-0309", 1.25, 2.50, 0.20, -1)
	f("2026-11-20", "api.z.ai", "glm-4.6", 0.60, 2.20, 0.11, -1)
	f("2026-11-20", "api.z.ai", "GLM-5.1", 1.40, 4.40, 0.26, -1)
	f("2025-10-01", "api.mistral.ai", "codestral-2508", 0.30, 0.90, -1, -1)
	f("2025-10-01", "api.mistral.ai", "mistral-large-latest", 2, 6, -1, -1)
	f("2026-11-20", "api.mistral.ai", "mistral-large-latest", 0.50, 1.50, -1, -1)
	f("2026-11-20", "api.mistral.ai", "mistral-small-latest", 0.15, 0.60, -1, -1)
	f("2026-11-20", "api.mistral.ai", "ministral-3b-latest", 0.10, 0.10, -1, -1)
	f("2026-11-20", "api.mistral.ai", "devstral-latest", 0.40, 2, -1, -1)
	f("2026-11-20", "api.mistral.ai", "codestral-embed", 0.15, -1, -1, -1)
	f("2026-11-20", "api.moonshot.ai", "kimi-k3.1-pro", 2, 10, 0.20, -1)
	f("2025-10-01", "api.cohere.com", "command-r-08-2024", 0.15, 0.60, -1, -1)
	f("2025-10-01", "api.cohere.com", "command-r-plus-08-2024", 2.50, 10, -1, -1)
	// Open models at hosts
	f("2025-10-01", "api.groq.com", "llama-3.3-70b-versatile", 0.59, 0.79, -1, -1)
	f("2025-10-01", "api.groq.com", "llama-3.1-8b-instant", 0.05, 0.08, -1, -1)
	f("2025-10-01", "api.together.xyz", "meta-llama/Llama-3.3-70B-Instruct-Turbo", 0.88, 0.88, -1, -1)
	f("2026-11-20", "api.groq.com", "openai/gpt-oss-safeguard-20b", 0.075, 0.30, -1, -1)
	f("2026-11-20", "openrouter.ai", "openai/gpt-oss-120b:free", 0, 0, -1, -1)
	f("2026-11-20", "openrouter.ai", "openai/gpt-4o-2024-11-20", 2.50, 10, 1.25, -1)
	f("2026-11-20", "openrouter.ai", "openai/gpt-5.6-sol", 4, 20, 0.40, 5)
	f("2026-02-01", "openrouter.ai", "anthropic/claude-3.7-sonnet:thinking", 3, 15, 0.30, 3.75)
	f("2026-11-20", "openrouter.ai", "google/gemini-2.5-pro", 1.25, 10, 0.125, -1)
	f("2026-11-20", "openrouter.ai", "google/gemini-3-flash-preview", 0.50, 3, 0.05, 0.50)
	f("2026-11-20", "openrouter.ai", "google/gemini-2.5-flash", 0.30, 2.50, 0.03, -1)
	f("2026-11-20", "api.together.xyz", "openai/gpt-oss-120b", 0.15, 0.60, -1, -1)
	f("2026-11-20", "api.together.xyz", "Qwen/Qwen3-235B-A22B-Instruct-2507-tput", 0.20, 0.60, -1, -1)
	f("2026-11-20", "api.together.xyz", "moonshotai/Kimi-K3", 3, 15, 0.30, -1)
	f("2026-11-20", "api.together.xyz", "zai-org/GLM-5.3", 1.40, 4.40, 0.26, -1)
	f("2025-10-01", "api.fireworks.ai", "accounts/fireworks/models/gpt-oss-120b", 0.15, 0.60, -1, -1)
	f("2025-10-01", "bedrock-runtime.us-east-1.amazonaws.com", "amazon.nova-pro-v1:0", 0.80, 3.20, 0.20, -1)
	f("2025-10-01", "bedrock-runtime.us-east-1.amazonaws.com", "us.amazon.nova-lite-v1:0", 0.06, 0.24, 0.015, -1)
	f("2025-10-01", "bedrock-runtime.us-east-1.amazonaws.com", "us.meta.llama3-3-70b-instruct-v1:0", 0.72, 0.72, -1, -1)
}
