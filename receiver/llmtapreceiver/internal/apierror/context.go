package apierror

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// ContextNumbers gives what an error of the class context_length says of the model's limit and of what the request came
// to, in tokens: input and, where the server adds it, the output asked for.
func ContextNumbers(e Error) (limit, asked genai.Count) {
	limit, asked = e.Limit, e.Asked
	if !limit.Known {
		limit = number(contextLimit, e.Message)
	}
	if !asked.Known {
		asked = number(contextAsked, e.Message)
	}
	return limit, asked
}

func number(pattern *regexp.Regexp, message string) genai.Count {
	match := pattern.FindStringSubmatch(message)
	for _, digits := range match[min(1, len(match)):] {
		if n, err := strconv.ParseInt(strings.ReplaceAll(digits, ",", ""), 10, 64); err == nil {
			return genai.Known(n)
		}
	}
	return genai.Count{}
}

// contextLimit finds the limit. In order: OpenAI, vLLM, DeepSeek and SGLang; vLLM, thrice; SGLang; llama.cpp; LM Studio; TGI and
// TEI; Anthropic; Mistral; xAI; Kimi; Qwen; Gemini; Copilot; Anthropic; OpenAI; Cloudflare; TensorRT-LLM, twice; Cohere;
// SiliconFlow; LMDeploy; llama.cpp and LM Studio, of embeddings; MLC; TabbyAPI.
var contextLimit = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`maximum context length(?: is| of|:)? \(?([\d,]+)`,
	`model's context length is only (\d+) tokens`,
	`max_model_len (\d+)`,
	`maximum model length of (\d+)`,
	`too long to fit into the model \(context length (\d+)\)`,
	`the model's context length \((\d+) tokens\)`,
	`maximum allowed (?:input )?length(?: of)? \(?(\d+) tokens`,
	`available context size \((\d+) tokens\)`,
	`current batch size: (\d+)`,
	`context length of only (\d+)`,
	"`inputs` tokens \\+ `max_new_tokens` must be <= (\\d+)",
	`must have less than (\d+) tokens`,
	`prompt is too long: \d+ tokens > (\d+)`,
	`configured context size is (\d+)`,
	`too large for model with (\d+) maximum context length`,
	`maximum prompt length is (\d+)`,
	`exceeded model token limit:? (\d+)`,
	`range of input length should be \[\d+, ?(\d+)\]`,
	`maximum number of tokens allowed \(?(\d+)`,
	`exceeds the limit of (\d+)`,
	`exceed context limit: \d+ \+ \d+ > (\d+)`,
	`configured limit of (\d+) tokens`,
	`context window limit \((\d+)\)`,
	`should not exceed max_(?:num_tokens|seq_len) \((\d+)`,
	`exceeds maximum (?:input|sequence) length \((\d+)`,
	`tokens in the prompt cannot exceed (\d+)`,
	`must be less than (?:or equal to )?max_seq_len \((\d+)`,
	`smaller than the model context length \((\d+)`,
	`the max context size \((\d+) tokens\)`,
	`the model input length limit (\d+)`,
	`available context size of (\d+) tokens`,
}, "|"))

// contextAsked finds what the request came to. In order: vLLM; SGLang; OpenAI, older vLLM and OpenRouter; OpenAI; vLLM, thrice;
// SGLang; llama.cpp; LM Studio; TGI; TEI; Anthropic; Mistral; xAI; Gemini; Copilot; Anthropic; Cloudflare; TensorRT-LLM;
// Cohere; SiliconFlow.
var contextAsked = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`for a total of(?: at least)? ([\d,]+) tokens`,
	`you requested a total of ([\d,]+)`,
	`you requested (?:about )?([\d,]+) tokens`,
	`messages resulted in ([\d,]+) tokens`,
	`you passed (\d+) input tokens`,
	`prompt length (\d+)`,
	`prompt \((?:total )?length (\d+)\)`,
	`your request has (\d+) input tokens`,
	`input(?: length)? \((\d+)(?: tokens)?\)`,
	`input length (\d+) exceeds`,
	`prompt has (\d+) tokens`,
	`request \((\d+) tokens\)`,
	`trying to keep the first (\d+) tokens`,
	"given: (\\d+)",
	`prompt is too long: (\d+)`,
	`prompt contains (\d+) tokens`,
	`the request contains (\d+) tokens`,
	`token count \((\d+)\)`,
	`token count of (\d+)`,
	`exceed context limit: (\d+)`,
	`maximum output tokens \((\d+)\)`,
	`prompt length \((\d+)`,
	`cannot exceed \d+ - received (\d+)`,
	`prompt_tokens \((\d+)\)`,
}, "|"))
