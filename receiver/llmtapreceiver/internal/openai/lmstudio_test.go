package openai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

// endOfLMStudio is what LM Studio's /api/v0 adds to OpenAI's answers; see its docs, "REST API v0".
const endOfLMStudio = `"stats":{"tokens_per_second":51.4,"time_to_first_token":0.111,"generation_time":0.954,"stop_reason":"eosFound"},` +
	`"model_info":{"arch":"granite","quant":"Q4_K_M","format":"gguf","context_length":4096},` +
	`"runtime":{"name":"llama.cpp-mac-arm64-apple-metal-advsimd","version":"1.3.0","supported_formats":["gguf"]}}`

func TestLMStudioV0(t *testing.T) {
	known := genai.Usage{Input: genai.Known(24), Output: genai.Known(53), Source: genai.UsageReported}
	const usage = `"usage":{"prompt_tokens":24,"completion_tokens":53,"total_tokens":77},`

	call := read(t, DecodeChat, 200, `{"model":"granite","messages":[{"role":"user","content":"Hi"}],"max_tokens":-1,"ttl":300}`,
		`{"id":"chatcmpl-i","object":"chat.completion","created":1731990317,"model":"granite-3.0","choices":[{"index":0,"logprobs":null,"finish_reason":"stop",`+
			`"message":{"role":"assistant","content":"Greetings"}}],`+usage+endOfLMStudio)
	require.Equal(t, []any{genai.OperationChat, "openai", "granite-3.0", "chatcmpl-i", genai.OutcomeOK},
		[]any{call.Operation, call.Provider, call.ResponseModel, call.ResponseID, call.Outcome})
	require.Equal(t, []string{"stop"}, call.FinishReasons)
	require.Equal(t, known, call.Usage)

	call = read(t, DecodeCompletions, 200, `{"model":"granite","prompt":"the meaning","stop":"\n"}`,
		`{"id":"cmpl-p","object":"text_completion","created":1731990488,"model":"granite-3.0","choices":[{"index":0,"text":" to find","logprobs":null,`+
			`"finish_reason":"length"}],`+usage+endOfLMStudio)
	require.Equal(t, []any{genai.OperationTextCompletion, "openai"}, []any{call.Operation, call.Provider})
	require.Equal(t, []string{"length"}, call.FinishReasons)
	require.Equal(t, " to find", call.Detail.Choices[0].Text)
	require.Equal(t, known, call.Usage)
}
