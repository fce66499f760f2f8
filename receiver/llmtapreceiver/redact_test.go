package llmtapreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestRedaction(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Redact = []RedactConfig{
		{Pattern: `sk-[a-z0-9]+`},
		{Pattern: `(\w+)@example\.com`, Replacement: "$1@…"},
	}
	cfg.Limits.RedactBytes = 100
	cut := 0
	r := newRedactor(cfg, func() { cut++ })
	f := func(in, want string) {
		t.Helper()
		call := genai.Call{Content: &genai.Content{Request: in, Response: in}, Fidelity: genai.Fidelity{Evidence: []string{in}}}
		r.apply(&call)
		require.Equal(t, genai.Content{Request: want, Response: want}, *call.Content)
		require.Equal(t, []string{want}, call.Fidelity.Evidence)
	}
	f(`{"key":"sk-abc1"}`, `{"key":"[redacted]"}`)
	f("ada@example.com sk-x ada@example.org", "ada@… [redacted] ada@example.org")
	f("nothing", "nothing")
	require.Zero(t, cut)
	f(strings.Repeat("x", 100), strings.Repeat("x", 100))
	require.Zero(t, cut)
	f(strings.Repeat("x", 99)+"ä", strings.Repeat("x", 99)+redactCut)
	require.Equal(t, 3, cut)
	r.apply(&genai.Call{}) // without content there is nothing to do
}

func TestRedactedContentIsAllThatLeaves(t *testing.T) {
	r := startBefore(t, testUpstream(t), func(cfg *Config) {
		cfg.CaptureContent = true
		cfg.Redact = []RedactConfig{{Pattern: `qwen`, Replacement: "model"}}
	})
	r.post(t, "/v1/chat/completions", chatRequest)
	call := r.calls(t, 1)[0]
	require.NotContains(t, call.Content.Request, "qwen")
	require.Contains(t, call.Content.Request, "model")
	require.Equal(t, "qwen", call.RequestModel)
}
