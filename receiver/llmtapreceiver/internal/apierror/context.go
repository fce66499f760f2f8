package apierror

import (
	"strconv"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// ContextNumbers gives what an error of the class context_length says of the model's limit and of what the request came
// to, in tokens: input and, where the server adds it, the output asked for.
func ContextNumbers(e Error) (limit, asked genai.Count) {
	message := strings.ToLower(e.Message)
	limit, asked = e.Limit, e.Asked
	if !limit.Known {
		limit = number(contextLimit, message)
	}
	if !asked.Known {
		asked = number(contextAsked, message)
	}
	return limit, asked
}

func number(p patterns, message string) genai.Count {
	n, err := strconv.ParseInt(strings.ReplaceAll(p.digits(message), ",", ""), 10, 64)
	if err != nil {
		return genai.Count{}
	}
	return genai.Known(n)
}

// contextLimit finds the limit.
var contextLimit = anyOf(
	`maximum context length(?: is| of|:)? \(?([\d,]+)`,          // OpenAI, vLLM, DeepSeek, SGLang
	`model's context length is only (\d+) tokens`,               // vLLM
	`max_model_len (\d+)`,                                       // vLLM
	`maximum model length of (\d+)`,                             // vLLM
	`too long to fit into the model \(context length (\d+)\)`,   // vLLM
	`the model's context length \((\d+) tokens\)`,               // SGLang
	`maximum allowed (?:input )?length(?: of)? \(?(\d+) tokens`, // SGLang
	`available context size \((\d+) tokens\)`,                   // llama.cpp
	`current batch size: (\d+)`,                                 // llama.cpp
	`context length of only (\d+)`,                              // LM Studio
	"`inputs` tokens \\+ `max_new_tokens` must be <= (\\d+)",    // TGI
	`must have less than (\d+) tokens`,                          // TEI
	`prompt is too long: \d+ tokens > (\d+)`,                    // Anthropic
	`configured context size is (\d+)`,                          // others
	`too large for model with (\d+) maximum context length`,     // Mistral
	`maximum prompt length is (\d+)`,                            // xAI
	`exceeded model token limit:? (\d+)`,                        // Kimi
	`range of input length should be \[\d+, ?(\d+)\]`,           // Qwen
	`maximum number of tokens allowed \(?(\d+)`,                 // Gemini
	`exceeds the limit of (\d+)`,                                // Copilot
	`exceed context limit: \d+ \+ \d+ > (\d+)`,                  // Anthropic, of prompt and max_tokens together
	`configured limit of (\d+) tokens`,                          // OpenAI
	`context window limit \((\d+)\)`,                            // Cloudflare
	`should not exceed max_(?:num_tokens|seq_len) \((\d+)`,      // TensorRT-LLM
	`exceeds maximum (?:input|sequence) length \((\d+)`,         // TensorRT-LLM
	`tokens in the prompt cannot exceed (\d+)`,                  // Cohere
	`must be less than (?:or equal to )?max_seq_len \((\d+)`,    // SiliconFlow
	`smaller than the model context length \((\d+)`,             // LMDeploy
	`the max context size \((\d+) tokens\)`,                     // llama.cpp and LM Studio, of embeddings
	`the model input length limit (\d+)`,                        // MLC
	`available context size of (\d+) tokens`,                    // TabbyAPI
	`max_model_len\((\d+)\)`,                                    // FastDeploy
	`prompt sequence length is greater than (\d+)`,              // mistral.rs
	`exceeds model max length: (\d+)`,                           // OpenVINO
	`pipeline capabilities: \d+ > (\d+)`,                        // OpenVINO
	`max_new_tokens +\d+ > (\d+)`,                               // LightLLM
	`max_req_total_len:(\d+)`,                                   // LightLLM
	`max_kv_size is (\d+)`,                                      // mlx-vlm
	`model max tokens is (\d+)`,                                 // RTP-LLM
)

// contextAsked finds what the request came to.
var contextAsked = anyOf(
	`for a total of(?: at least)? ([\d,]+) tokens`, // vLLM
	`you requested a total of ([\d,]+)`,            // SGLang
	`you requested (?:about )?([\d,]+) tokens`,     // OpenAI, older vLLM, OpenRouter
	`messages resulted in ([\d,]+) tokens`,         // OpenAI
	`you passed (\d+) input tokens`,                // vLLM
	`prompt length (\d+)`,                          // vLLM
	`prompt \((?:total )?length (\d+)\)`,           // vLLM
	`your request has (\d+) input tokens`,          // vLLM
	`input(?: length)? \((\d+)(?: tokens)?\)`,      // SGLang
	`input length (\d+) exceeds`,                   // others
	`prompt has (\d+) tokens`,                      // others
	`request \((\d+) tokens\)`,                     // llama.cpp
	`trying to keep the first (\d+) tokens`,        // LM Studio
	"given: (\\d+)",                                // TGI, TEI
	`prompt is too long: (\d+)`,                    // Anthropic
	`prompt contains (\d+) tokens`,                 // Mistral
	`the request contains (\d+) tokens`,            // xAI
	`token count \((\d+)\)`,                        // Gemini
	`token count of (\d+)`,                         // Copilot
	`exceed context limit: (\d+)`,                  // Anthropic, of prompt and max_tokens together
	`maximum output tokens \((\d+)\)`,              // Cloudflare
	`prompt length \((\d+)`,                        // TensorRT-LLM
	`cannot exceed \d+ - received (\d+)`,           // Cohere
	`prompt_tokens \((\d+)\)`,                      // SiliconFlow
	`input_ids_len \((\d+)\)`,                      // FastDeploy
	`number of prompt tokens: (\d+)`,               // OpenVINO
	`pipeline capabilities: (\d+)`,                 // OpenVINO
	`input prompt token len (\d+)`,                 // LightLLM
	`request needs (\d+) context tokens`,           // mlx-vlm
	`request length is (\d+)`,                      // RTP-LLM
)
