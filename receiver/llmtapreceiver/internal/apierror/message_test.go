package apierror

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

func TestClassBySpecialWords(t *testing.T) {
	f := func(status int, body, want string) {
		t.Helper()
		e, found := read(body, status >= 400)
		require.True(t, found)
		require.Equal(t, want, Class(status, e))
	}
	// Filters.
	f(400, `{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, genai.ErrorContentFilter)
	f(403, `{"code":"The caller does not have permission","error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":"litellm.ContentPolicyViolationError: x","type":null,"param":null,"code":"400"}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":"rejected","type":"image_generation_user_error","param":null,"code":"moderation_blocked"}}`, genai.ErrorContentFilter)
	f(200, `{"error":{"code":"cyber_policy","message":"flagged"}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"code":"InputTextSensitiveContentDetected","message":"x","type":"BadRequest"}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":{"error":"Violated guardrail policy","aporia_ai_response":{"action":"block"}},"type":"None","param":"None","code":400}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":"{'error': 'Violated OpenAI moderation policy', 'moderation_result': {}}","type":"None","param":"None","code":"400"}}`, genai.ErrorContentFilter)
	f(424, `{"success":false,"result":[],"messages":[],"error":[{"code":2016,"message":"Prompt blocked due to security configurations"}]}`, genai.ErrorContentFilter)
	f(400, `{"error_code":"BAD_REQUEST","message":"{\"input_guardrail\":[{\"flagged\":true}],\"finishReason\":\"input_guardrail_triggered\"}"}`, genai.ErrorContentFilter)
	// Money.
	f(400, `{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-08-01 at 00:00 UTC."}}`, genai.ErrorQuota)
	f(403, `{"error":{"message":"Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys","code":403}}`, genai.ErrorQuota)
	f(412, `{"error":{"message":"Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices."}}`, genai.ErrorQuota)
	f(403, `{"error":{"code":"AllocationQuota.FreeTierOnly","message":"The free tier of the model has been exhausted."}}`, genai.ErrorQuota)
	f(429, `{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached","plan_type":"plus"}}`, genai.ErrorQuota)
	// Keys and models that are none.
	f(400, `{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***gA."}`, genai.ErrorAuth)
	f(400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}`, genai.ErrorAuth)
	f(400, `{"error":{"code":"unknown_model","message":"Unknown model: x"}}`, genai.ErrorNotFound)
	f(400, `{"error":{"message":"x has been decommissioned","type":"invalid_request_error","code":"model_decommissioned"}}`, genai.ErrorNotFound)
	f(400, `{"error":{"message":"/chat/completions: Invalid model name passed in model=q. Call `+"`/v1/models`"+` to view available models for your key.","type":"invalid_request_error","param":"model","code":"400"}}`, genai.ErrorNotFound)
	f(400, `{"error":{"code":400,"message":"model 'x' not found","type":"invalid_request_error"}}`, genai.ErrorNotFound)
	f(500, `{"error":{"code":500,"message":"model name=x is not found","type":"server_error"}}`, genai.ErrorNotFound)
	f(400, `{"object":"error","message":"The following requested LoRA adapters are not loaded: x\nLoaded adapters: dict_keys([]).","type":"BadRequestError","param":null,"code":400}`, genai.ErrorNotFound)
	f(400, `{"error":{"message":"x/y is not a valid model ID","code":400}}`, genai.ErrorNotFound)
	f(400, `{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, genai.ErrorNotFound)
	f(422, `{"message":"Requested model 'x' is not available. Available models: qwen3. Use 'default' to use the default model."}`, genai.ErrorNotFound)
	f(400, `{"detail":"[address=0.0.0.0:36281, pid=119] Model not found in the model list, uid: x"}`, genai.ErrorNotFound)
	f(500, `{"error":{"message":"Unsupported model: [x], support [ernie] or default","type":"internal_error","param":null,"code":"model_not_support"}}`, genai.ErrorNotFound)
	f(400, `{"error":{"message":"x is not a valid model identifier","type":"invalid_request_error"}}`, genai.ErrorInvalidRequest)
	// Servers that have too much to do.
	f(429, `{"error":{"message":"The engine is currently overloaded","type":"engine_overloaded_error"}}`, genai.ErrorOverloaded)
	f(200, `{"error":{"code":"server_is_overloaded","message":"Selected model is at capacity."}}`, genai.ErrorOverloaded)
	f(200, `{"error":{"type":"service_unavailable_error","code":null,"message":"x"}}`, genai.ErrorOverloaded)
	// Prompts that are too long.
	f(413, `{"error":{"code":"tokens_limit_reached","message":"Request body too large for gpt-4o model. Max size: 8000 tokens."}}`, genai.ErrorContextLength)
	f(400, `{"Message":"The model returned the following errors: prompt is too long: 207848 tokens > 200000 maximum"}`, genai.ErrorContextLength)
	f(400, `{"error":{"code":"1261","message":"Prompt too long"}}`, genai.ErrorContextLength)
	// What the server behind OpenRouter says.
	f(400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 211231 tokens > 200000 maximum\"}}","provider_name":"Anthropic"}}}`, genai.ErrorContextLength)
	f(400, `{"error":{"metadata":{"raw":"API key not valid. Please pass a valid API key."},"message":"Provider returned error","code":400}}`, genai.ErrorAuth)
	f(429, `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"x is temporarily rate-limited upstream"}}}`, genai.ErrorRateLimit)
	// What is none of this.
	f(400, `{"message":"too many tokens: max tokens must be less than or equal to 4096, the maximum output for this model"}`, genai.ErrorInvalidRequest)
	f(429, `{"error":{"message":"Request too large for x on tokens per min (TPM): Limit 200000, Requested 480002.","type":"tokens","code":"rate_limit_exceeded"}}`, genai.ErrorRateLimit)
}

func TestContextLengthOfMoreServers(t *testing.T) {
	f := func(limit, asked int64, message string) {
		t.Helper()
		e := Error{Message: message}
		require.Equal(t, genai.ErrorContextLength, Class(400, e), message)
		gotLimit, gotAsked := ContextNumbers(e)
		require.Equal(t, [2]int64{limit, asked}, [2]int64{gotLimit.N, gotAsked.N}, message)
	}
	f(4081, 4292, "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292. Try using a shorter prompt")
	f(0, 0, "too many tokens: size limit exceeded by 1345 tokens. Try using shorter or fewer inputs")
	f(32768, 34018, "length of prompt_tokens (34018) must be less than max_seq_len (32768).")
	f(0, 0, "Total tokens of image and text exceed max message tokens. Request id: 0217")
	f(0, 0, "The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.")
	f(0, 0, "Prompt is too long")
	f(4096, 5000, "Input length (5000) must be smaller than the model context length (4096).")
	f(0, 0, "The request exceeds the model context length.")
	f(512, 600, "input (600 tokens) is larger than the max context size (512 tokens). skipping")
	f(1416, 2015, "Request prompt has 2015 tokens in total, larger than the model input length limit 1416.")
	f(4096, 5000, "Prompt length 5000 exceeds the available context size of 4096 tokens")
	f(32768, 40000, "request[chatcmpl-1] generator error: Input text is too long, input_ids_len (40000) + min_tokens(1) >= max_model_len(32768)")
	f(4096, 0, "Prompt sequence length is greater than 4096, perhaps consider using `truncate_sequence`?")
	f(4096, 5000, "CalculatorGraph::Run() failed: Number of prompt tokens: 5000 exceeds model max length: 4096")
	f(4096, 4000, "Number of prompt tokens: 4000 + max tokens value: 100 exceeds model max length: 4096")
	f(256, 5000, "Input length exceeds pipeline capabilities: 5000 > 256")
	f(16384, 17000, "the input prompt token len 17000 + max_new_tokens                         100 > 16384")
	f(0, 0, "prompt text length 200000 exceeds the character limit 131072, the request is rejected before tokenization.")
	f(16384, 0, "the req total len (input len + output len) is too long > max_req_total_len:16384")
	f(8192, 9000, "Request needs 9000 context tokens (8000 prompt + 1000 max generation), but MAX_KV_SIZE is 8192.")
	f(4096, 5000, "model max tokens is 4096, request length is 5000, max_new_tokens is -904")
	f(0, 0, "Max length reached")
	f(0, 0, "prompt + max_tokens exceeds context window")
	f(200000, 211231, `Provider returned error {"error":{"message":"prompt is too long: 211231 tokens > 200000 maximum"}}`)
}

// An error may say that it is one by members of its own.
func TestErrorsThatSayLittle(t *testing.T) {
	for _, body := range []string{`{"error":{"status":"UNAVAILABLE"}}`, `{"error":{"code":1}}`, `{"error":{"message":"","details":[]}}`, `{"error":{"code":0,"reason":"m"}}`} {
		_, found := read(body, false)
		require.True(t, found, body)
	}
}

func TestErrorsOfText(t *testing.T) {
	require.Equal(t, genai.ErrorContextLength, Class(400, OfText([]byte("This model's maximum context length is 8192 tokens."))))
	require.Equal(t, genai.ErrorRateLimit, Class(429, OfText([]byte("slow down"))))
	require.Equal(t, genai.ErrorServerError, Class(200, OfText([]byte("<html>Sign in</html>"))))
	require.Len(t, OfText(make([]byte, textBytesMax+1)).Message, textBytesMax)
}

// What a message is searched for costs little only where the search is for a text first, or for the message's beginning.
func TestPatternsBeginWithText(t *testing.T) {
	for _, list := range []patterns{contextLength, contextLimit, contextAsked, contentFilter, noCredit, badKey, noModel} {
		for _, pattern := range list {
			text, _ := pattern.LiteralPrefix()
			require.True(t, len(text) >= len("max") || strings.HasPrefix(pattern.String(), "^"), pattern)
			require.Equal(t, strings.ToLower(pattern.String()), pattern.String(), "messages are in small letters")
		}
	}
}
