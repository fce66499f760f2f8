package llmtapreceiver

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/redact"
)

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

func TestStreamsAreRedacted(t *testing.T) {
	d, _ := newDecoder()
	d.content = true
	d.redact = redact.New([]redact.Rule{{Pattern: regexp.MustCompile(`\d{16}`), Replacement: "#"}}, 1<<20, nil)
	event := func(text string) string {
		return `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
	}
	x := answerExchange("/v1/chat/completions", "text/event-stream", event("Pay 4111")+event("11111111")+event("1111.")+"data: [DONE]\n\n")
	require.Equal(t, event("Pay #")+event("")+event(".")+"data: [DONE]\n\n", d.call(x).Content.Response)
}

// Evidence is cut shorter than the bodies: behind the rules as well.
func TestEvidenceLeavesNoHalfOfASecret(t *testing.T) {
	const secret = "4111111111111111"
	d, _ := newDecoder()
	d.content = true
	d.redact = redact.New([]redact.Rule{{Pattern: regexp.MustCompile(`\d{16}`), Replacement: "#"}}, 1<<20, nil)
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
