package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProviders(t *testing.T) {
	for in, want := range map[string]string{
		"OpenAI": "openai", "openai.responses": "openai", "Azure": "azure.ai.openai", "az.ai.inference": "azure.ai.inference",
		"VertexAI": "gcp.vertex_ai", "Google": "gcp.gemini", "AWS": "aws.bedrock", "MistralAI": "mistral_ai", "xai": "x_ai",
		"Watsonx": "ibm.watsonx.ai", "vllm": "vllm", "": "", "google.vertex.chat": "gcp.vertex_ai", "vertex ai": "gcp.vertex_ai",
		"google.generative-ai": "gcp.gemini", "OPEN_AI": "openai", "GOOGLE_AI_GEMINI": "gcp.gemini", "googleai": "gcp.gemini", "mistral.embedding": "mistral_ai", "cohere.textEmbedding": "cohere", "aws.bedrock": "aws.bedrock",
		"azure.ai.openai": "azure.ai.openai", ".chat": ".chat", "hosted_vllm": "hosted_vllm", "vercel.ai.gateway": "vercel.ai.gateway",
	} {
		require.Equal(t, want, providerOf(in))
	}
	// Of as many words as a message has room for one is cut: to look anew without each of them took half an hour.
	words := strings.Repeat(".chat", 1<<16)
	require.Len(t, providerOf("openai.chat"+words), len("openai.chat"+words)-len(".chat"))
}

func TestWordsOfDialectsForProvidersInTheConventionsName(t *testing.T) {
	f := func(want, name string) {
		t.Helper()
		c, ok := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": name, "gen_ai.system": name})
		require.True(t, ok)
		require.Equal(t, want, c.Provider)
	}
	f("aws.bedrock", "bedrock")
	f("aws.bedrock", "amazon_bedrock")
	f("gcp.gemini", "google-gla")
	f("gcp.vertex_ai", "google-vertex")
	f("x_ai", "grok")
	f("openai", "openai.chat")
	f("MyGateway", "MyGateway")

	// What the tap was told stays.
	c, ok := readRaw(t, map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "bedrock", "llmtap.outcome": "ok"})
	require.True(t, ok)
	require.Equal(t, "bedrock", c.Provider)
}

func TestProviderOfPlugin(t *testing.T) {
	for in, want := range map[string]string{
		"langgenius/azure_openai/azure_openai": "azure.ai.openai", "a/b": "a/b", "https://api.example.com": "https://api.example.com",
		"http://a/b": "http://a/b", "a//b": "a//b", "a/b/": "a/b/",
	} {
		require.Equal(t, want, providerOf(in))
	}
}
