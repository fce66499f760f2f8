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
