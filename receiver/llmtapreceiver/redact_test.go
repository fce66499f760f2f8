package llmtapreceiver

import (
	"regexp"
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
		call := genai.Call{Content: &genai.Content{Request: in, Response: in}}
		r.apply(&call)
		require.Equal(t, genai.Content{Request: want, Response: want}, *call.Content)
		require.Equal(t, want, r.Redact(in, 100))
	}
	f(`{"key":"sk-abc1"}`, `{"key":"[redacted]"}`)
	f("ada@example.com sk-x ada@example.org", "ada@… [redacted] ada@example.org")
	f("nothing", "nothing")
	require.Zero(t, cut)
	f(strings.Repeat("x", 100), strings.Repeat("x", 100))
	require.Zero(t, cut)
	f(strings.Repeat("x", 99)+"ä", strings.Repeat("x", 99)+redactCut)
	require.Equal(t, 2, cut)
	r.apply(&genai.Call{}) // without content there is nothing to do
}

// A secret that the cut goes through is found as a whole, whatever the rules make of the text before it.
func TestCutLeavesNoHalfOfASecret(t *testing.T) {
	const limit, secret = 100, "4111111111111111"
	r := &redactor{bytesMax: limit, rules: []redaction{
		{regexp.MustCompile(`\b\d{16}\b`), "#"}, {regexp.MustCompile(`long+`), "l"}, {regexp.MustCompile(`\bs\b`), "${0}hort"},
	}}
	f := func(in, want string) {
		t.Helper()
		require.Equal(t, want, r.Redact(in, limit))
	}
	filled := func(n int) string { return strings.Repeat(" ", n) }
	f(filled(limit-16)+secret, filled(limit-16)+"#")
	f(filled(limit-16)+secret+" ", filled(limit-16)+"#"+redactCut)
	for over := range 16 { // bytes of the secret behind the limit
		before := filled(limit - 16 + over)
		want := before + "#"
		if over > 0 {
			want += redactCut
		}
		f(before+secret, want)
		f(before+secret+filled(redactBeyond), before+"#"+redactCut)
	}
	f(filled(limit)+secret, filled(limit)+redactCut)
	f("s "+filled(limit-2)+secret, "short "+filled(limit-2)+redactCut)
	// what the end of the window has cut stays behind the limit, however short the text before it became
	beyond := filled(redactBeyond - 8)
	f("lon"+strings.Repeat("g", limit-4)+" "+beyond+secret, "l "+redactCut)
	f(secret+" lon"+strings.Repeat("g", limit+redactBeyond), "# l"+redactCut)
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

// Evidence is cut shorter than the bodies: behind the rules as well.
func TestEvidenceLeavesNoHalfOfASecret(t *testing.T) {
	const secret = "4111111111111111"
	d, _ := newDecoder()
	d.content = true
	d.redact = &redactor{bytesMax: 1 << 20, rules: []redaction{{regexp.MustCompile(`\d{16}`), "#"}}}
	for before := 170; before < 204; before++ {
		x := answerExchange("/v1/chat/completions", "application/json",
			`{"choices":[{"index":0,"message":{"role":"assistant","content":"`+strings.Repeat("x", before)+secret+`"},"finish_reason":"stop"}]}`)
		x.Request.Body = []byte(`{"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_object"}}`)
		x.Response.Size = int64(len(x.Response.Body))
		call := d.call(x)
		require.Len(t, call.Fidelity.Evidence, 1)
		require.NotContains(t, call.Fidelity.Evidence[0], "4111")
	}
}
