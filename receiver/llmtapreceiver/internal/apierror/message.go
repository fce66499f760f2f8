package apierror

import (
	"regexp"
	"slices"
)

// patterns match messages in small letters. Each begins with a text, by which the search for it is fast: as one expression, or for
// letters of both cases, they take milliseconds for a message of some kilobytes, and servers repeat in it what they were asked.
type patterns []*regexp.Regexp

func anyOf(texts ...string) patterns {
	p := make(patterns, len(texts))
	for i, text := range texts {
		p[i] = regexp.MustCompile(text)
	}
	return p
}

func (p patterns) match(message string) bool {
	return slices.ContainsFunc(p, func(pattern *regexp.Regexp) bool { return pattern.MatchString(message) })
}

// digits gives the numbers that the first match in a message encloses.
func (p patterns) digits(message string) string {
	digits, first := "", len(message)
	for _, pattern := range p {
		if at := pattern.FindStringSubmatchIndex(message); at != nil && at[0] < first {
			digits, first = message[at[2]:at[3]], at[0]
		}
	}
	return digits
}

// contextLength knows the messages in which servers say that the prompt does not fit.
var contextLength = anyOf(
	`exceeds the context window`,                             // OpenAI
	`max(?:imum)? context length`,                            // OpenAI, vLLM, DeepSeek, SGLang, Mistral
	`longer than the maximum model length`,                   // vLLM
	`too long to fit into the model`,                         // vLLM
	`longer than the model's context length`,                 // SGLang, Together
	`model's context length is only`,                         // vLLM
	`exceeds the max_model_len`,                              // vLLM
	`exceeds the maximum allowed (?:input )?length`,          // SGLang
	`exceeds the available context size`,                     // llama.cpp, TabbyAPI
	`input \(\d+ tokens\) is too large to process`,           // llama.cpp
	`greater than the context length`,                        // LM Studio
	`trying to keep the first \d+ tokens`,                    // LM Studio
	`cannot truncate prompt with n_keep`,                     // LM Studio
	`context size has been exceeded`,                         // llama.cpp, LM Studio
	`exceeds the context length`,                             // Ollama
	`longer than the context length`,                         // Ollama
	"`inputs` tokens \\+ `max_new_tokens` must be <=",        // TGI
	`must have less than \d+ tokens`,                         // TEI
	`prompt (?:is )?too long`,                                // Anthropic; without numbers: Claude in the clouds, Zhipu
	`maximum prompt length is \d+`,                           // xAI
	`exceeded model token limit`,                             // Kimi
	`range of input length should be`,                        // Qwen
	`reduce the length of the messages`,                      // Groq
	`exceeds the maximum number of tokens allowed`,           // Gemini
	`input is too long for requested model`,                  // Bedrock
	`prompt token count of \d+ exceeds the limit`,            // Copilot
	`exceed context limit: \d+`,                              // Anthropic, of prompt and max_tokens together
	`prompt exceeds max(?:imum)? length`,                     // Zhipu
	`contextwindowexceedederror`,                             // LiteLLM
	`context window exceeds limit`,                           // MiniMax
	`input tokens exceed the configured limit`,               // OpenAI
	`exceeded this model context window limit`,               // Cloudflare
	`but the configured context size is`,                     // others
	`sum of prompt length \(`,                                // TensorRT-LLM
	`exceeds maximum (?:input|sequence) length`,              // TensorRT-LLM
	`total number of tokens in the prompt cannot exceed \d+`, // Cohere
	`too many tokens: size limit exceeded by`,                // Cohere
	`must be less than (?:or equal to )?max_seq_len`,         // SiliconFlow
	`exceed max message tokens`,                              // Volcengine
	`number of input tokens exceeds maximum length`,          // Amazon's models
	`must be smaller than the model context length`,          // LMDeploy
	`exceeds the model context length`,                       // LMDeploy
	`larger than the max context size`,                       // llama.cpp and LM Studio, of embeddings
	`larger than the model input length limit`,               // MLC
	`input text is too long, input_ids_len`,                  // FastDeploy
	`prompt sequence length is greater than \d+`,             // mistral.rs
	`exceeds model max length: \d+`,                          // OpenVINO
	`input length exceeds pipeline capabilities`,             // OpenVINO
	`input prompt token len \d+ \+ max_new_tokens`,           // LightLLM
	`prompt text length \d+ exceeds the character limit`,     // LightLLM
	`is too long > max_req_total_len`,                        // LightLLM
	`request needs \d+ context tokens`,                       // mlx-vlm
	`model max tokens is \d+, request length is`,             // RTP-LLM
	`^max length reached$`,                                   // FastFlowLM
	`exceeds context window`,                                 // Lucebox
	`context[ _]length[ _]exceeded`,                          // others
)

// contentFilter knows messages of filters whose codes do not say so.
var contentFilter = anyOf(
	`requires moderation on .* your input was flagged`,                    // OpenRouter
	`output blocked by content filtering policy`,                          // Anthropic
	`content exists risk`,                                                 // DeepSeek
	`content violates usage guidelines`,                                   // xAI, under 403
	`prompt was flagged as potentially violating our usage policy`,        // OpenAI, under invalid_prompt
	`contentpolicyviolationerror`,                                         // LiteLLM
	`violated (?:[\w ]+ )?(?:guardrail|moderation|content safety) policy`, // LiteLLM
	`prompt blocked due to security configurations`,                       // Cloudflare, under 424
	`response blocked due to security configurations`,                     // Cloudflare
	`input_guardrail_triggered`,                                           // Databricks
	`output_guardrail_triggered`,                                          // Databricks
)

// noCredit knows messages of an account without money, or whose owner lets it spend no more, that come under codes and statuses
// of other things.
var noCredit = anyOf(
	`credit balance is too low`,                                        // Anthropic, under invalid_request_error
	`reached your specified (?:workspace )?api usage limits`,           // Anthropic, under invalid_request_error
	`used all available credits or reached its monthly spending limit`, // xAI, under 403
	`key limit exceeded \(`,                                            // OpenRouter, under 403
	`suspended, possibly due to reaching the monthly spending limit`,   // Fireworks, under 412
)

// badKey knows messages of a key that is none, under 400.
var badKey = anyOf(
	`incorrect api key provided`, // xAI
	`api key not valid`,          // Google
)

// noModel knows messages of a model, or an adapter, that is not there, under 400 or 500.
var noModel = anyOf(
	`invalid model name passed in model=`,       // LiteLLM
	`^model '[^']*' not found`,                  // llama.cpp's router
	`^model name=.* is not found`,               // llama.cpp's router
	`requested lora adapters are not loaded`,    // SGLang
	`is not a valid model id$`,                  // OpenRouter
	`^model not exist`,                          // DeepSeek
	`^the supported api model names are `,       // DeepSeek
	`^model not found: `,                        // xAI
	`^the model '[^']*' does not exist`,         // OpenAI, of pictures
	`^model [^ ]+ does not exist`,               // OpenRouter, of embeddings
	`is not supported\. supported models are`,   // Voyage
	`^requested model '[^']*' is not available`, // mistral.rs
	`model not found in the model list, uid: `,  // Xinference
)
