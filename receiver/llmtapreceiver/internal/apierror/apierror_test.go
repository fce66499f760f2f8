package apierror

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

func read(body string, failed bool) (Error, bool) {
	var c Collector
	r := jsonscan.New([]byte(body))
	for key := range r.Object {
		if string(key) == "object" {
			if r.String() == "error" {
				c.Flat()
			}
			continue
		}
		c.Member(key, &r)
	}
	found := c.Found(failed)
	return c.Error, found
}

func TestShapes(t *testing.T) {
	f := func(body string, want Error) {
		t.Helper()
		got, found := read(body, true)
		require.True(t, found)
		require.Equal(t, want, got)
	}
	f(`{"error":{"message":"m","type":"t","param":null,"code":"c"}}`, Error{Message: "m", Type: "t", Code: "c"})
	f(`{"error":{"message":"m","type":"BadRequestError","param":null,"code":400}}`, Error{Message: "m", Type: "BadRequestError", Code: "400"})
	f(`{"object":"error","message":"m","type":"t","param":null,"code":400}`, Error{Message: "m", Type: "t", Code: "400"})
	f(`{"error":"m","error_type":"validation"}`, Error{Message: "m", Type: "validation", Code: ""})
	f(`{"error":"m"}`, Error{Message: "m", Type: "", Code: ""})
	f(`{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}`, Error{Message: "m", Type: "overloaded_error", Code: ""})
	f(`{"detail":"m"}`, Error{Message: "m", Type: "", Code: ""})
	f(`{"detail":[{"loc":["body"],"msg":"m","type":"missing"}]}`, Error{Message: "m", Type: "", Code: ""})
	f(`{"message":"m","code":"390100"}`, Error{Message: "m", Type: "", Code: "390100"})
	f(`{"error":{"code":"401","message":"m"}}`, Error{Message: "m", Type: "", Code: "401"})
	f(`{"detail":{"error":{"message":"m","type":"t","code":"c"}}}`, Error{Message: "m", Type: "t", Code: "c"})
	f(`{"detail":{"message":"m","type":"t"}}`, Error{Message: "m", Type: "t"})
	f(`{"detail":`+strings.Repeat(`{"detail":`, 1000)+`{"message":"deep"}`+strings.Repeat(`}`, 1000)+`,"message":"m"}`, Error{Message: "m"})
	f(`{"error":{"message":null}}`, Error{})
	f(`{"success":false,"errors":[{"message":"m","code":5021}],"result":{}}`, Error{Message: "m", Code: "5021"})
	f(`{"code":500,"msg":"m","success":false}`, Error{Message: "m", Code: "500"})
	f(`{"choices":null,"base_resp":{"status_code":1008,"status_msg":"m"}}`, Error{Message: "m", Type: "insufficient_balance"})
}

func TestNoError(t *testing.T) {
	f := func(body string) {
		t.Helper()
		_, found := read(body, false)
		require.False(t, found)
	}
	f(`{"error":null,"choices":[]}`)
	f(`{"error":"","choices":[]}`)
	f(`{"message":"hello","code":"x"}`)
	f(`{"detail":"high"}`)
	f(`{"errors":[{"message":"m","code":1}]}`)
	f(`{"base_resp":{"status_code":0,"status_msg":"success"}}`)
	f(`{"base_resp":null}`)
	f(`{"code":200,"msg":"ok","success":true}`)
	f(`{"msg":"m","success":null}`)
	f(`{"error":{},"choices":[]}`)
	f(`{"error":{"code":0,"message":"","type":null,"param":false},"choices":[]}`)
	f(`{}`)
	f(`[]`)
}

func TestClass(t *testing.T) {
	f := func(status int, body, want string) {
		t.Helper()
		e, _ := read(body, true)
		require.Equal(t, want, Class(status, e))
	}
	f(401, `{"error":{"message":"bad key","type":"invalid_request_error","code":"invalid_api_key"}}`, genai.ErrorAuth)
	f(404, `{"error":{"message":"no","type":"invalid_request_error","code":"model_not_found"}}`, genai.ErrorNotFound)
	f(429, `{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}`, genai.ErrorRateLimit)
	f(400, `{"error":{"message":"Budget has been exceeded!","type":"budget_exceeded","param":null,"code":"400"}}`, genai.ErrorQuota)
	f(429, `{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}`, genai.ErrorQuota)
	f(400, `{"error":{"message":"x","type":null,"code":"content_filter"}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"code":400,"message":"request (15019 tokens) exceeds the available context size (2048 tokens)","type":"exceed_context_size_error"}}`, genai.ErrorContextLength)
	f(400, `{"error":{"message":"x","type":"BadRequestError","code":400}}`, genai.ErrorInvalidRequest)
	f(503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, genai.ErrorOverloaded)
	f(529, `{"type":"error","error":{"type":"overloaded_error","message":"x"}}`, genai.ErrorOverloaded)
	f(500, `{"error":{"code":500,"message":"x","type":"server_error"}}`, genai.ErrorServerError)
	f(422, `{"detail":[{"msg":"missing"}]}`, genai.ErrorInvalidRequest)
	f(424, `{"error":"x","error_type":"generation"}`, genai.ErrorServerError)
	f(417, `{"error":{"message":"CUDA out of memory","type":"BadRequestError","param":null,"code":417}}`, genai.ErrorServerError)
	f(422, `{"error":"x","error_type":"validation"}`, genai.ErrorInvalidRequest)
	f(429, `{"error":"x","error_type":"overloaded"}`, genai.ErrorOverloaded)
	f(403, `{"error":{"code":403,"message":"m/x requires moderation on OpenAI. Your input was flagged for \"x\"."}}`, genai.ErrorContentFilter)
	f(400, `{"error":{"message":"x","type":null,"code":"data_inspection_failed"}}`, genai.ErrorContentFilter)
	f(400, `{"detail":{"error":{"message":"x","code":"rate_limit_exceeded"}}}`, genai.ErrorRateLimit)
	f(400, `{"error":{"message":"too long","type":"too_many_prompt_tokens","code":400}}`, genai.ErrorContextLength)
	f(400, `{"object":"error","message":"x","type":"invalid_model","code":"1500"}`, genai.ErrorNotFound)
	f(400, `{"code":"invalid-argument","error":"Model not found: grok-9"}`, genai.ErrorNotFound)
	f(400, `{"error":{"code":"invalid_value","message":"The model 'dall-e-9' does not exist.","param":"model","type":"image_generation_user_error"}}`, genai.ErrorNotFound)
	f(400, `{"error":{"code":400,"message":"Model org/embedding does not exist"}}`, genai.ErrorNotFound)
	f(400, `{"detail":"Model x is not supported. Supported models are ['voyage-2']."}`, genai.ErrorNotFound)
	f(400, `{"error":{"code":"invalid_request_error","message":"The supported API model names are deepseek-v4-pro or deepseek-v4-flash, but you passed x.","type":"invalid_request_error"}}`, genai.ErrorNotFound)
	f(400, `{"error":{"message":"The model's answer does not exist","type":"invalid_request_error"}}`, genai.ErrorInvalidRequest)
	f(400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."}}`, genai.ErrorQuota)
	f(403, `{"code":"The caller does not have permission","error":"Your team x has either used all available credits or reached its monthly spending limit."}`, genai.ErrorQuota)
	f(498, `{"error":{"message":"Flex tier capacity exceeded","type":"","code":"capacity_exceeded"}}`, genai.ErrorOverloaded)
	f(400, `{"error":{"code":"tokens_too_long","message":"Prompt tokens too long","type":"invalid_request_error"},"id":"as-1"}`, genai.ErrorContextLength)
	f(400, `{"error":{"code":"Arrearage","param":null,"message":"Access denied","type":"Arrearage"}}`, genai.ErrorQuota)
	f(429, `{"error":{"code":"1113","message":"Insufficient balance or no resource package."}}`, genai.ErrorQuota)
	f(413, `{"errors":[{"message":"The estimated number of input and maximum output tokens (8325) exceeded this model context window limit (7968).","code":5021}]}`, genai.ErrorContextLength)
	f(502, `<html>`, genai.ErrorUpstreamUnavailable)
	f(522, `<html>`, genai.ErrorUpstreamUnavailable)
	f(504, ``, genai.ErrorTimeout)
	f(413, ``, genai.ErrorTooLarge)
	f(402, ``, genai.ErrorQuota)
	// In the middle of a stream the status is 200.
	f(200, `{"error":{"message":"x","type":"BadRequestError","code":400}}`, genai.ErrorInvalidRequest)
	f(200, `{"error":{"message":"x","type":"invalid_request_error"}}`, genai.ErrorInvalidRequest)
	f(200, `{"error":{"message":"x","code":429}}`, genai.ErrorRateLimit)
	f(200, `{"error":{"message":"engine died"}}`, genai.ErrorServerError)
	// So it is of a response that failed.
	f(200, `{"error":{"code":"server_error","message":"x"}}`, genai.ErrorServerError)
	f(200, `{"error":{"code":"invalid_prompt","message":"x"}}`, genai.ErrorInvalidRequest)
	f(200, `{"error":{"code":"image_content_policy_violation","message":"x"}}`, genai.ErrorContentFilter)
	// Z.ai's gateway answers so for what it does not know.
	f(200, `{"code":500,"msg":"404 NOT_FOUND","success":false}`, genai.ErrorServerError)
	f(200, `{"code":401,"msg":"token expired or incorrect","success":false}`, genai.ErrorAuth)
	// MiniMax's come under it, too.
	f(200, `{"base_resp":{"status_code":1000,"status_msg":"unknown error"}}`, genai.ErrorServerError)
	f(200, `{"base_resp":{"status_code":1001,"status_msg":"request timeout"}}`, genai.ErrorTimeout)
	f(200, `{"base_resp":{"status_code":1002,"status_msg":"rate limit"}}`, genai.ErrorRateLimit)
	f(200, `{"base_resp":{"status_code":1004,"status_msg":"not authorized"}}`, genai.ErrorAuth)
	f(200, `{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}`, genai.ErrorQuota)
	f(200, `{"base_resp":{"status_code":1027,"status_msg":"output new_sensitive"}}`, genai.ErrorContentFilter)
	f(200, `{"base_resp":{"status_code":2013,"status_msg":"invalid params"}}`, genai.ErrorInvalidRequest)
	f(200, `{"base_resp":{"status_code":2013,"status_msg":"invalid params, context window exceeds limit (2013)"}}`, genai.ErrorContextLength)
	f(200, `{"error":{"code":"vector_store_timeout","message":"x"}}`, genai.ErrorTimeout)
}

func TestContextLengthMessages(t *testing.T) {
	for _, message := range []string{
		"This model's maximum context length is 1024 tokens. However, you requested 3025 tokens",
		"Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000",
		"The input (5000 tokens) is longer than the model's context length (4096 tokens)",
		"request (15019 tokens) exceeds the available context size (2048 tokens), try increasing it",
		"The number of tokens to keep from the initial prompt is greater than the context length",
		"Trying to keep the first 5000 tokens when context the overflows",
		"Cannot truncate prompt with n_keep",
		"The sum of prompt length (9351.0), query length (0) should not exceed max_num_tokens (8192)",
		"Cannot process new request: Prompt length (5056) exceeds maximum sequence length (2048)",
		"Context size has been exceeded.",
		"input length exceeds the context length",
		"the prompt is longer than the context length currently available",
		"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096",
		"prompt is too long: 210000 tokens > 200000 maximum",
		"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
		"This model's maximum prompt length is 131072 but the request contains 140000 tokens",
		"Invalid request: Your request exceeded model token limit: 8192",
		"Range of input length should be [1, 30720]",
		"Please reduce the length of the messages or completion.",
		"Your input exceeds the context window of this model.",
		"The decoder prompt (length 5951) is longer than the maximum model length of 4096.",
		"The prompt (total length 5951) is too long to fit into the model (context length 4096).",
		"Input length (5000 tokens) exceeds the maximum allowed length (4096 tokens).",
		"input (4002 tokens) is too large to process. increase the physical batch size (current batch size: 512)",
		"prompt too long; exceeded max context length by 120 tokens",
		"Input validation error: `inputs` must have less than 512 tokens. Given: 800",
		"The input token count (1300000) exceeds the maximum number of tokens allowed (1048575).",
		"Input is too long for requested model.",
		"prompt token count of 70000 exceeds the limit of 64000",
		"You passed 9000 input tokens and requested 100 output tokens. However, the model's context length is only 8192 tokens, resulting in a maximum input length of 8092 tokens.",
		"The engine prompt length 9000 exceeds the max_model_len 8192. Please reduce prompt.",
		"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again",
		"Prompt exceeds max length",
		"Input length 9000 exceeds the maximum allowed input length of 8192 tokens.",
		"invalid params, context window exceeds limit (2013)",
		"Input tokens exceed the configured limit of 272000 tokens.",
		"Prompt has 9000 tokens, but the configured context size is 8192 tokens",
		"The prompt is too long: 9000, model maximum context length: 8192",
		"litellm.ContextWindowExceededError: ContextWindowExceededError: too much",
	} {
		require.Equal(t, genai.ErrorContextLength, Class(400, Error{Message: message}), message)
		require.Equal(t, genai.ErrorContextLength, Class(200, Error{Message: message}), message)
	}
	require.Equal(t, genai.ErrorInvalidRequest, Class(400, Error{Message: "max_tokens must be at least 1"}))
}

func TestLongMessagesAreCut(t *testing.T) {
	long := make([]byte, textBytesMax+1)
	for i := range long {
		long[i] = 'x'
	}
	e, _ := read(`{"error":"`+string(long)+`"}`, true)
	require.Len(t, e.Message, textBytesMax)
	e, _ = read(`{"error":"`+string(long[1:])+`"}`, true)
	require.Len(t, e.Message, textBytesMax)
}

func TestContextNumbers(t *testing.T) {
	f := func(limit, asked int64, message string) {
		t.Helper()
		var want [2]genai.Count
		if limit > 0 {
			want[0] = genai.Known(limit)
		}
		if asked > 0 {
			want[1] = genai.Known(asked)
		}
		gotLimit, gotAsked := ContextNumbers(Error{Message: message})
		require.Equal(t, want, [2]genai.Count{gotLimit, gotAsked}, message)
	}
	f(1024, 3025, "This model's maximum context length is 1024 tokens. However, you requested 3025 tokens (25 in the messages, 3000 in the completion).")
	f(4096, 5100, "This model's maximum context length is 4096 tokens. However, you requested 100 output tokens and your prompt contains at least 5000 input tokens, for a total of at least 5100 tokens. Please reduce the length. (parameter=input_tokens, value=5000)")
	f(128000, 130012, "This model's maximum context length is 128000 tokens. However, your messages resulted in 130012 tokens.")
	f(4096, 5000, "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens")
	f(4096, 5000, "The input (5000 tokens) is longer than the model's context length (4096 tokens).")
	f(2048, 15019, "request (15019 tokens) exceeds the available context size (2048 tokens), try increasing it")
	f(4096, 5000, "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens")
	f(4096, 5000, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 20 `max_new_tokens`")
	f(200000, 210000, "prompt is too long: 210000 tokens > 200000 maximum")
	f(32768, 40000, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length")
	f(131072, 140000, "This model's maximum prompt length is 131072 but the request contains 140000 tokens.")
	f(8192, 0, "Invalid request: Your request exceeded model token limit: 8192")
	f(30720, 0, "Range of input length should be [1, 30720]")
	f(4096, 5951, "The decoder prompt (length 5951) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller")
	f(4096, 5951, "The prompt (total length 5951) is too long to fit into the model (context length 4096).")
	f(4096, 3500, "'max_tokens' is too large: 1000. This model's maximum context length is 4096 tokens and your request has 3500 input tokens")
	f(4096, 5000, "Input length (5000 tokens) exceeds the maximum allowed length (4096 tokens). Use a shorter input")
	f(512, 4002, "input (4002 tokens) is too large to process. increase the physical batch size (current batch size: 512)")
	f(512, 800, "Input validation error: `inputs` must have less than 512 tokens. Given: 800")
	f(200000, 250021, "This endpoint's maximum context length is 200000 tokens. However, you requested about 250021 tokens (250021 of text input).")
	f(1048575, 1300000, "The input token count (1300000) exceeds the maximum number of tokens allowed (1048575).")
	f(8192, 9000, "You passed 9000 input tokens and requested 100 output tokens. However, the model's context length is only 8192 tokens, resulting in a maximum input length of 8092 tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=9000)")
	f(8192, 9351, "The sum of prompt length (9351.0), query length (0) should not exceed max_num_tokens (8192)")
	f(2048, 5056, "Cannot process new request: Prompt length (5056) exceeds maximum sequence length (2048)")
	f(8192, 9000, "The engine prompt length 9000 exceeds the max_model_len 8192. Please reduce prompt.")
	f(200000, 190000, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again")
	f(272000, 300000, "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.")
	f(8192, 9000, "The prompt is too long: 9000, model maximum context length: 8192")
	f(8192, 9000, "Input length (9000) exceeds model's maximum context length (8192).")
	f(8192, 9000, "Input length 9000 exceeds the maximum allowed input length of 8192 tokens.")
	f(8192, 9000, "Prompt has 9000 tokens, but the configured context size is 8192 tokens")
	f(7968, 8325, "The estimated number of input and maximum output tokens (8325) exceeded this model context window limit (7968).")
	f(64000, 70000, "prompt token count of 70000 exceeds the limit of 64000")
	f(0, 0, "Context size has been exceeded.")
	f(0, 0, "maximum context length is 99999999999999999999 tokens")

	e, _ := read(`{"error":{"code":400,"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":15019,"n_ctx":2048}}`, true)
	limit, asked := ContextNumbers(e)
	require.Equal(t, [2]genai.Count{genai.Known(2048), genai.Known(15019)}, [2]genai.Count{limit, asked})
}
