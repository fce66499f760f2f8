package genai

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func readGenkitModel(t *testing.T, name, output string) Call {
	t.Helper()
	c, ok := readRaw(t, map[string]any{
		"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": name, "genkit:input": "{", "genkit:output": output,
	})
	require.True(t, ok)
	return c
}

func TestUsageOfGenkit(t *testing.T) {
	f := func(want Usage, usage string) {
		t.Helper()
		require.Equal(t, want, readGenkitModel(t, "googleai/m", `{"usage":`+usage+`}`).Usage)
	}
	f(Usage{Input: Known(10), Output: Known(12), CacheRead: Known(4), Reasoning: Known(7)},
		`{"inputTokens":10,"outputTokens":5,"totalTokens":22,"cachedContentTokens":4,"thoughtsTokens":7}`)
	f(Usage{Input: Known(10), Output: Known(12), Reasoning: Known(7)},
		`{"inputTokens":10,"outputTokens":12,"totalTokens":22,"thoughtsTokens":7}`)
	f(Usage{Input: Known(16), Output: Known(5), CacheRead: Known(4), CacheWrite: Known(2), CacheWriteLong: Known(2)},
		`{"inputTokens":10,"outputTokens":5,"custom":{"cache_read_input_tokens":4,"cache_creation_input_tokens":2,"ephemeral_1h_input_tokens":2}}`)
	f(Usage{Input: Known(10), Output: Known(5)}, `{"inputTokens":10.0,"outputTokens":5.0}`) // Python's
	f(Usage{}, `{}`)
	f(Usage{}, `[`)
}

func TestModelOfGenkit(t *testing.T) {
	f := func(provider, model, name string) {
		t.Helper()
		c := readGenkitModel(t, name, "")
		require.Equal(t, []string{provider, model}, []string{c.Provider, c.RequestModel})
	}
	f("gcp.gemini", "gemini-2.5-flash", "googleai/gemini-2.5-flash")
	f("ollama", "library/qwen3", "ollama/library/qwen3")
	f("", "mine", "mine")
}

func TestAnswersOfGenkit(t *testing.T) {
	f := func(reasons, tools []string, output string) {
		t.Helper()
		c := readGenkitModel(t, "googleai/m", output)
		require.Equal(t, reasons, c.FinishReasons)
		require.Equal(t, tools, c.ToolNames)
	}
	message := `"message":{"content":[{"text":"a"},{"toolRequest":{"name":"f"}}]},"finishReason":"stop"`
	f([]string{"stop"}, []string{"f"}, `{`+message+`}`)
	f([]string{"stop", "stop"}, []string{"f", "f"}, `{"candidates":[{`+message+`},{`+message+`}]}`)
	f([]string{"stop"}, []string{"f"}, `{`+message+`,"candidates":[{`+message+`}]}`)
	f(nil, nil, "<redacted>")
}

// JavaScript's plugins of OpenAI and Anthropic keep the provider's own answer.
func TestRawAnswersOfGenkit(t *testing.T) {
	f := func(id string, want Usage, output string) {
		t.Helper()
		c := readGenkitModel(t, "p/m", output)
		require.Equal(t, id, c.ResponseID)
		require.Equal(t, want, c.Usage)
	}
	f("chatcmpl-1", Usage{Input: Known(127), Output: Known(20), CacheRead: Known(40), Reasoning: Known(5)},
		`{"usage":{"inputTokens":127,"outputTokens":20,"totalTokens":147},"raw":{"id":"chatcmpl-1","usage":{"prompt_tokens":127,`+
			`"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":5}}}}`)
	whole := Usage{Input: Known(16), Output: Known(5), CacheRead: Known(4), CacheWrite: Known(2), CacheWriteLong: Known(2)}
	const message = `"raw":{"id":"msg_1","usage":{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":4,` +
		`"cache_creation_input_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":2}}}`
	f("msg_1", whole, `{"usage":{"inputTokens":10,"outputTokens":5},`+message+`}`)
	f("msg_1", whole, `{"usage":{"inputTokens":10,"outputTokens":5,"custom":{"cache_read_input_tokens":4,"cache_creation_input_tokens":2,`+
		`"ephemeral_1h_input_tokens":2}},`+message+`}`)
	for _, raw := range []string{`{"id":"mine"}`, `"x"`, `null`, `{"id":7,"usage":{"prompt_tokens_details":3}}`} {
		f("", Usage{Input: Known(10), Output: Known(5)}, `{"usage":{"inputTokens":10,"outputTokens":5},"raw":`+raw+`}`)
	}
	c := readGenkitModel(t, "p/m", `{"raw":{"model":"m-1","system_fingerprint":"fp","service_tier":"flex","usage":{}}}`)
	require.Equal(t, []string{"m", "m-1", "fp", "flex"}, []string{c.RequestModel, c.ResponseModel, c.SystemFingerprint, c.ServiceTier})
}

func TestSpansOfGenkitThatAreNoCalls(t *testing.T) {
	f := func(attributes map[string]any) {
		t.Helper()
		attributes["genkit:name"], attributes["genkit:output"] = "a/b", `{"usage":{"inputTokens":1}}`
		_, ok := readRaw(t, attributes)
		require.False(t, ok)
	}
	f(map[string]any{"genkit:type": "util"})
	for _, kind := range []string{"flow", "tool", "prompt", "executable-prompt", "retriever", "evaluator"} {
		f(map[string]any{"genkit:type": "action", "genkit:metadata:subtype": kind})
	}
}
