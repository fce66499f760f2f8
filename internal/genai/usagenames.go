package genai

// otherNames are those for token counts that the conventions' present version does not have, which usageFields has: llm.usage is OpenLLMetry's,
// llm.token_count OpenInference's, ai.usage the AI SDK's, details Pydantic AI's, prompt_token_details and the like are Bifrost's. Of several
// that a span has for one count the last goes. What says more than a count, or is JSON, is read with its dialect.
var otherNames = [...][]string{
	partInput: {
		"gen_ai.usage.prompt_tokens",
		"gen_ai.response.prompt_tokens", // Semantic Kernel
		"gen_ai.response.input_tokens",  // Microsoft.Extensions.AI before 10
		"llm.usage.prompt_tokens",
		"llm.token_count.prompt",
		"ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
		"braintrust.metrics.prompt_tokens",
	},
	partOutput: {
		"gen_ai.usage.completion_tokens",
		"gen_ai.response.completion_tokens",
		"gen_ai.response.output_tokens",
		"llm.usage.completion_tokens",
		"llm.token_count.completion",
		"ai.usage.outputTokens", "ai.usage.completionTokens",
		"braintrust.metrics.completion_tokens",
	},
	partTotal: {
		"gen_ai.usage.total_tokens",
		"llm.usage.total_tokens",
		"llm.token_count.total",
		"ai.usage.totalTokens",
		"ag2.usage.total_tokens",
		"braintrust.metrics.tokens",
	},
	partCacheRead: {
		"gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_read_tokens",
		"gen_ai.usage.cached_input_tokens", "gen_ai.usage.cached_tokens", "gen_ai.usage.input_cached_tokens",
		"gen_ai.usage.input_tokens.cached", "gen_ai.usage.input_tokens.cache_read",
		"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens",
		"gen_ai.usage.details.cached_tokens", "gen_ai.usage.details.cached_content_tokens",
		"gen_ai.usage.cached_prompt_text_tokens", // xAI
		"gen_ai.usage.prompt_token_details.cached_read_tokens", "gen_ai.usage.input_token_details.cached_read_tokens",
		"llm.usage.cache_read_input_tokens",
		"llm.token_count.prompt_details.cache_read",
		"ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens",
		"braintrust.metrics.prompt_cached_tokens",
	},
	partCacheWrite: {
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.cache_write_tokens",
		"gen_ai.usage.input_tokens.cache_creation", "gen_ai.usage.input_tokens.cache_write",
		"gen_ai.usage.details.cache_creation_input_tokens", "gen_ai.usage.details.cache_write_tokens",
		"gen_ai.usage.prompt_token_details.cached_write_tokens", "gen_ai.usage.input_token_details.cached_write_tokens",
		"llm.usage.cache_creation_input_tokens",
		"llm.token_count.prompt_details.cache_write",
		"llm.token_count.prompt_details.cache_creation", // Envoy's gateway
		"ai.usage.inputTokenDetails.cacheWriteTokens",
		"braintrust.metrics.prompt_cache_creation_tokens",
	},
	partCacheWriteLong: {
		"gen_ai.usage.cache_creation.1h_input_tokens", // Mastra
		"gen_ai.usage.prompt_token_details.cached_write_tokens_1h", "gen_ai.usage.input_token_details.cached_write_tokens_1h",
		"anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
	},
	partReasoning: {
		"gen_ai.usage.reasoning_tokens", "gen_ai.usage.thinking_tokens", "gen_ai.usage.reasoning_output_tokens",
		"gen_ai.usage.output_tokens.reasoning",
		"gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens", "gen_ai.usage.details.thinking_tokens",
		"gen_ai.usage.completion_token_details.reasoning_tokens", "gen_ai.usage.output_token_details.reasoning_tokens",
		"llm.usage.reasoning_tokens",
		"llm.token_count.completion_details.reasoning",
		"ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens",
		"braintrust.metrics.completion_reasoning_tokens",
	},
	partAudioInput: {
		"gen_ai.usage.audio_input_tokens", // Mastra
		"gen_ai.usage.input_audio_tokens", // Microsoft.Extensions.AI
		"gen_ai.usage.details.input_audio_tokens",
		"gen_ai.usage.prompt_token_details.audio_tokens", "gen_ai.usage.input_token_details.audio_tokens",
		"llm.token_count.prompt_details.audio",
	},
	partAudioCacheRead: {
		"gen_ai.usage.cache_audio_read_tokens", // Pydantic's gateway
	},
	partAudioOutput: {
		"gen_ai.usage.audio_output_tokens",
		"gen_ai.usage.output_audio_tokens",
		"gen_ai.usage.details.output_audio_tokens",
		"gen_ai.usage.completion_token_details.audio_tokens", "gen_ai.usage.output_token_details.audio_tokens",
		"llm.token_count.completion_details.audio",
	},
	partImageInput: {
		"gen_ai.usage.prompt_image_tokens", // xAI
		"gen_ai.usage.prompt_token_details.image_tokens", "gen_ai.usage.input_token_details.image_tokens",
	},
	partImageOutput: {
		"gen_ai.usage.output_image_tokens", // agentgateway
		"gen_ai.usage.completion_token_details.image_tokens", "gen_ai.usage.output_token_details.image_tokens",
	},
}

// count gives the count that other names have.
func (f *foreign) count(p part) *Count {
	if p == partTotal {
		return &f.total
	}
	return f.call.Usage.counts()[p]
}
