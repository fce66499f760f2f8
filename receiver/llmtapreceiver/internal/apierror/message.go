package apierror

import (
	"regexp"
	"strings"
)

// contextLength knows the messages in which servers say that the prompt does not fit. In order: OpenAI; vLLM and
// DeepSeek; SGLang and Together; llama.cpp; LM Studio; Ollama; TGI and TEI; Anthropic; Mistral; xAI; Kimi; Qwen; Groq;
// Gemini; Bedrock; Copilot; Anthropic, of prompt and max_tokens together; Zhipu; LiteLLM; MiniMax;
// OpenAI; Cloudflare; TensorRT-LLM, twice; Cohere, twice; SiliconFlow; Volcengine; Amazon's models; LMDeploy, twice; llama.cpp and
// LM Studio, of embeddings; MLC; others.
var contextLength = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`exceeds the context window`,
	`max(?:imum)? context length`,
	`longer than the maximum model length`,
	`too long to fit into the model`,
	`longer than the model's context length`,
	`model's context length is only`,
	`exceeds the max_model_len`,
	`exceeds the maximum allowed (?:input )?length`,
	`exceeds the available context size`,
	`input \(\d+ tokens\) is too large to process`,
	`greater than the context length`,
	`trying to keep the first \d+ tokens`,
	`cannot truncate prompt with n_keep`,
	`context size has been exceeded`,
	`exceeds the context length`,
	`longer than the context length`,
	"`inputs` tokens \\+ `max_new_tokens` must be <=",
	`must have less than \d+ tokens`,
	`prompt (?:is )?too long`, // without numbers: Claude in the clouds; Zhipu
	`maximum prompt length is \d+`,
	`exceeded model token limit`,
	`range of input length should be`,
	`reduce the length of the messages`,
	`exceeds the maximum number of tokens allowed`,
	`input is too long for requested model`,
	`prompt token count of \d+ exceeds the limit`,
	`exceed context limit: \d+`,
	`prompt exceeds max(?:imum)? length`,
	`contextwindowexceedederror`,
	`context window exceeds limit`,
	`input tokens exceed the configured limit`,
	`exceeded this model context window limit`,
	`but the configured context size is`,
	`sum of prompt length \(`,
	`exceeds maximum (?:input|sequence) length`,
	`total number of tokens in the prompt cannot exceed \d+`,
	`too many tokens: size limit exceeded by`,
	`must be less than (?:or equal to )?max_seq_len`,
	`exceed max message tokens`,
	`number of input tokens exceeds maximum length`,
	`must be smaller than the model context length`,
	`exceeds the model context length`,
	`larger than the max context size`,
	`larger than the model input length limit`,
	`context[ _]length[ _]exceeded`,
}, "|"))

// contentFilter knows messages of filters whose codes do not say so. In order: OpenRouter; Anthropic; DeepSeek; xAI, under 403;
// OpenAI, under invalid_prompt; LiteLLM, twice; Cloudflare, under 424; Databricks.
var contentFilter = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`requires moderation on .* your input was flagged`,
	`output blocked by content filtering policy`,
	`content exists risk`,
	`content violates usage guidelines`,
	`prompt was flagged as potentially violating our usage policy`,
	`contentpolicyviolationerror`,
	`violated (?:[\w ]+ )?(?:guardrail|moderation|content safety) policy`,
	`(?:prompt|response) blocked due to security configurations`,
	`(?:input|output)_guardrail_triggered`,
}, "|"))

// noCredit knows messages of an account without money, or whose owner lets it spend no more, that come under codes and statuses
// of other things. In order: Anthropic, twice, under invalid_request_error; xAI, under 403; OpenRouter, under 403; Fireworks, under
// 412.
var noCredit = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`credit balance is too low`,
	`reached your specified (?:workspace )?api usage limits`,
	`used all available credits or reached its monthly spending limit`,
	`key limit exceeded \(`,
	`suspended, possibly due to reaching the monthly spending limit`,
}, "|"))

// badKey knows messages of a key that is none, which xAI and Google send under 400.
var badKey = regexp.MustCompile(`(?i)incorrect api key provided|api key not valid`)

// noModel knows messages of a model, or an adapter, that is not there, under 400 or 500. In order: LiteLLM; llama.cpp's router,
// twice; SGLang; OpenRouter; DeepSeek.
var noModel = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`invalid model name passed in model=`,
	`^model '[^']*' not found`,
	`^model name=.* is not found`,
	`requested lora adapters are not loaded`,
	`is not a valid model id$`,
	`^model not exist`,
}, "|"))
