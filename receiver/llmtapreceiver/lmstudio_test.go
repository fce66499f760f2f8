package llmtapreceiver

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

const lmStudioStats = `"stats":{"tokens_per_second":51.4,"time_to_first_token":0.111,"generation_time":0.954,"stop_reason":"eosFound"},` +
	`"model_info":{"arch":"granite","quant":"Q4_K_M","format":"gguf","context_length":4096},"runtime":{"name":"llama.cpp","version":"1.3.0"}}`

// lmStudio answers as LM Studio's docs say, "REST API v0" and "Streaming events".
func lmStudio(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	stream := strings.Contains(string(body), `"stream":true`)
	if stream {
		w.Header().Set("Content-Type", sseType)
	} else {
		w.Header().Set("Content-Type", jsonType)
	}
	say := func(text string) {
		_, _ = io.WriteString(w, text)
		_ = http.NewResponseController(w).Flush()
	}
	const usage = `"usage":{"prompt_tokens":30,"completion_tokens":5,"total_tokens":35}`
	switch {
	case r.URL.Path == "/api/v0/chat/completions" && stream:
		say(chunks(`{"index":0,"delta":{"role":"assistant","content":"It is fine."},"finish_reason":null}`, `{"index":0,"delta":{},"finish_reason":"stop"}`))
	case r.URL.Path == "/api/v0/chat/completions":
		say(`{"id":"c","object":"chat.completion","model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":"It is fine."},"finish_reason":"stop"}],` +
			usage + "," + lmStudioStats)
	case r.URL.Path == "/api/v0/completions":
		say(`{"id":"c","object":"text_completion","model":"qwen","choices":[{"index":0,"text":"It is fine.","finish_reason":"length"}],` + usage + "," + lmStudioStats)
	case r.URL.Path == "/api/v0/embeddings":
		say(`{"object":"list","data":[{"object":"embedding","embedding":[0.5],"index":0}],"model":"nomic@q4_k_m","usage":{"prompt_tokens":3,"total_tokens":3}}`)
	case r.URL.Path == "/api/v1/chat":
		say(namedEvents(`{"type":"chat.start","model_instance_id":"qwen"}`, `{"type":"prompt_processing.progress","progress":0.5}`))
		time.Sleep(20 * time.Millisecond)
		say(namedEvents(`{"type":"message.start"}`, `{"type":"message.delta","content":"It is"}`))
		say(namedEvents(`{"type":"message.delta","content":" fine."}`, `{"type":"chat.end","result":{"model_instance_id":"qwen","output":[`+
			`{"type":"message","content":"It is fine."}],`+endOfLMStudio+`}`))
	default:
		say(`{"data":[]}`)
	}
}

func TestLMStudio(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(lmStudio))
	t.Cleanup(server.Close)
	tap := startBefore(t, server.URL, func(cfg *Config) {
		cfg.CaptureContent = true
		cfg.Redact = []RedactConfig{{Pattern: `hf_\w+`}}
	})
	for _, request := range [][2]string{
		{"/api/v0/chat/completions", askChat}, {"/api/v0/chat/completions", streamAsked(askChat)}, {"/api/v0/completions", askText}, {"/api/v0/embeddings", `{"model":"nomic","input":"a"}`},
		{"/api/v1/chat", `{"stream":true,"model":"qwen","input":"Hi","integrations":[{"type":"ephemeral_mcp","headers":{"Authorization":"Bearer hf_secret"}}]}`},
		{"/api/v1/models/load", `{"model":"qwen"}`},
	} {
		status, _ := tap.post(t, request[0], request[1])
		require.Equal(t, 200, status)
	}
	calls := tap.calls(t, 5)
	told, native := make([]string, len(calls)), &genai.Call{}
	for i := range calls {
		c := &calls[i]
		require.Equal(t, genai.OutcomeOK, c.Outcome)
		require.Empty(t, against(&c.Fidelity))
		told[i] = fmt.Sprint(c.Operation, " ", c.Provider, " ", c.ResponseModel, " ", c.FinishReasons, " ", c.Usage.Source, " ", c.Usage.Input.N, " ", c.Usage.Output.N)
		if c.Provider == "lmstudio" {
			native = c
		}
	}
	require.ElementsMatch(t, []string{
		"chat openai qwen [stop] reported 30 5", "chat openai qwen [stop] injected 30 5", "text_completion openai qwen [length] reported 30 5",
		"embeddings openai nomic@q4_k_m [] reported 3 0", "chat lmstudio qwen [] reported 30 5",
	}, told)
	require.Greater(t, native.TimeToFirstChunk, 20*time.Millisecond)
	require.Equal(t, 2, native.Chunks)
	require.Contains(t, native.Content.Request, `"Authorization":"Bearer [redacted]"`)
	require.Contains(t, native.Content.Response, "chat.end")
}
