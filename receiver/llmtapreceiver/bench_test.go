package llmtapreceiver

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/wiretest"
)

var benchFields = caller.NewFields([]string{"safety_identifier", "user", "metadata.user_id"})

func benchmarkDecoder(b *testing.B, x *exchange.Exchange) {
	b.Helper()
	cfg := createDefaultConfig().(*Config)
	p := paths{cfg.PathPrefixes}
	found, _ := p.api(x.Method, x.Target)
	b.ReportAllocs()
	b.SetBytes(int64(len(x.Request.Body) + len(x.Response.Body)))
	for b.Loop() {
		var call genai.Call
		if err := found.decode(x, benchFields, &call); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnswer decodes answers of about 1 KB, and the same in a stream.
func BenchmarkAnswer(b *testing.B) {
	answer := wiretest.Answer{
		ID: "chatcmpl-7QyqpwdfhqwajicIEznoc6Q47XAyW", Model: "qwen3-32b", Text: strings.Repeat("The quick brown fox jumps.\n", 25),
		Usage: &wiretest.Usage{Input: 123, Cached: 64, Output: 45},
	}
	for i, api := range streamed {
		whole, stream := api.encode(rand.New(rand.NewPCG(1, 1)), answer)
		for form, x := range map[string]*exchange.Exchange{
			"whole": answerExchange(api.path, "application/json", whole), "stream": answerExchange(api.path, api.mediaType, stream),
		} {
			x.Request.Body = nil
			b.Run(fmt.Sprintf("%d%s/%s", i, api.path, form), func(b *testing.B) { benchmarkDecoder(b, x) })
		}
	}
	vectors := `{"object":"list","model":"m","data":[{"index":0,"embedding":[` + strings.Repeat("-0.0123456,", 1535) + `0.5]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`
	b.Run("embeddings", func(b *testing.B) { benchmarkDecoder(b, answerExchange("/v1/embeddings", "application/json", vectors)) })
	ranking := `{"results":[` + strings.Repeat(`{"index":1,"relevance_score":0.5},`, 30) + `{"index":0,"relevance_score":0.1}],"usage":{"total_tokens":4}}`
	b.Run("rerank", func(b *testing.B) { benchmarkDecoder(b, answerExchange("/v1/rerank", "application/json", ranking)) })
}

// BenchmarkRequest decodes requests of about 256 KB.
func BenchmarkRequest(b *testing.B) {
	message := `{"role":"user","content":"` + strings.Repeat(`The quick brown fox said: \"jumps over\".\n`, 50) + `"}`
	messages := message + strings.Repeat(","+message, 256<<10/len(message))
	tools := `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]`
	for path, list := range map[string]string{
		"/v1/chat/completions": "messages", "/v1/responses": "input", "/v1/messages": "messages", "/api/chat": "messages",
		"/v1/embeddings": "input",
	} {
		x := answerExchange(path, "application/json", `{}`)
		x.Status = 400
		x.Request.Body = []byte(`{"model":"qwen3-32b","user":"ada",` + tools + `,"` + list + `":[` + messages + `]}`)
		b.Run(path[1:], func(b *testing.B) { benchmarkDecoder(b, x) })
	}
}
