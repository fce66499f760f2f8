package llmtapreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/internal/genai"
)

// Spans say what requests ask of their answers, under the conventions' names, whatever the API calls it.
func TestSpansSayWhatWasAsked(t *testing.T) {
	d, _ := newDecoder()
	f := func(path, request string, want map[string]any) {
		t.Helper()
		x := answerExchange(path, jsonType, `{}`)
		x.Request.Body, x.Request.Size = []byte(request), int64(len(request))
		span := ptrace.NewSpan()
		genai.PutSpan(d.call(x), span)
		got := map[string]any{}
		for name, value := range span.Attributes().AsRaw() {
			asked := strings.HasPrefix(name, "gen_ai.request.") && name != genai.AttrRequestModel
			if asked || name == genai.AttrOutputType || name == genai.AttrEmbeddingDimensions {
				got[name] = value
			}
		}
		require.Equal(t, want, got, path)
	}
	const sampling = `"temperature":0.25,"top_p":1,"top_k":40,"frequency_penalty":-0.5,"presence_penalty":0,"stop":["secret"]`
	sampled := func(more map[string]any) map[string]any {
		more["gen_ai.request.temperature"], more["gen_ai.request.top_p"], more["gen_ai.request.top_k"] = 0.25, 1.0, 40.0
		more["gen_ai.request.frequency_penalty"], more["gen_ai.request.presence_penalty"] = -0.5, 0.0
		return more
	}
	f("/v1/chat/completions", `{"model":"m","messages":[]}`, map[string]any{})
	f("/v1/chat/completions", `{"max_tokens":-1,"n":1,"seed":null,"temperature":"hot","reasoning_effort":null}`, map[string]any{})
	f("/v1/chat/completions", `{`+sampling+`,"seed":-3,"max_completion_tokens":9,"n":2,"reasoning_effort":"low","response_format":{"type":"text"}}`,
		sampled(map[string]any{
			"gen_ai.request.seed": int64(-3), "gen_ai.request.max_tokens": int64(9), "gen_ai.request.choice.count": int64(2),
			"gen_ai.request.reasoning.level": "low", "gen_ai.output.type": "text",
		}))
	f("/v1/chat/completions", `{"random_seed":3,"reasoning":{"effort":"high","exclude":true}}`, // Mistral; OpenRouter
		map[string]any{"gen_ai.request.seed": int64(3), "gen_ai.request.reasoning.level": "high"})
	f("/v1/responses", `{`+sampling+`,"max_output_tokens":9,"reasoning":{"effort":"none"},"text":{"format":{"type":"json_schema"}}}`,
		sampled(map[string]any{
			"gen_ai.request.max_tokens": int64(9), "gen_ai.request.reasoning.level": "none", "gen_ai.output.type": "json",
		}))
	f("/v1/messages", `{`+sampling+`,"max_tokens":9,"output_config":{"effort":"high"}}`,
		sampled(map[string]any{"gen_ai.request.max_tokens": int64(9), "gen_ai.request.reasoning.level": "high"}))
	f("/api/chat", `{"think":"low","format":"json","options":{`+sampling+`,"seed":7,"num_predict":9}}`,
		sampled(map[string]any{
			"gen_ai.request.seed": int64(7), "gen_ai.request.max_tokens": int64(9), "gen_ai.request.reasoning.level": "low", "gen_ai.output.type": "json",
		}))
	f("/api/v1/chat", `{"input":"a","reasoning":"off","system_prompt":"b",`+sampling+`}`,
		sampled(map[string]any{"gen_ai.request.reasoning.level": "off"}))
	f("/completion", `{"prompt":"a","seed":-1,"n_predict":9,`+sampling+`}`, sampled(map[string]any{"gen_ai.request.max_tokens": int64(9)}))
	f("/generate", `{"text":"a","sampling_params":{"sampling_seed":7,"max_new_tokens":9,`+sampling+`}}`,
		sampled(map[string]any{"gen_ai.request.seed": int64(7), "gen_ai.request.max_tokens": int64(9)}))
	f("/generate", `{"inputs":"a","parameters":{"seed":7,"max_new_tokens":9,`+sampling+`}}`,
		sampled(map[string]any{"gen_ai.request.seed": int64(7), "gen_ai.request.max_tokens": int64(9)}))
	f("/v1/embeddings", `{"input":"a","dimensions":64,"encoding_format":"base64"}`, map[string]any{
		"gen_ai.embeddings.dimension.count": int64(64), "gen_ai.request.encoding_formats": []any{"base64"},
	})
	f("/v1/images/generations", `{"prompt":"a"}`, map[string]any{"gen_ai.output.type": "image"})
	f("/v1/audio/speech", `{"input":"a"}`, map[string]any{"gen_ai.output.type": "speech"})
}
