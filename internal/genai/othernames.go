package genai

// otherNames are those that the attributes of fields have in other dialects, which say the same in the same form: llm.usage is OpenLLMetry's,
// llm.token_count OpenInference's, ai.usage the AI SDK's, details Pydantic AI's, tfy TrueFoundry's, prompt_token_details and the like are Bifrost's. Of several
// that a span has for one field the last goes. What says more, or in another form, is read with its dialect.
var otherNames = map[string][]string{
	AttrProviderName:  {"llm.provider"},
	AttrRequestModel:  {"llm.request.model", "llm.request.model_name", "tfy.request.model_name"},
	AttrResponseModel: {"llm.response.model", "llm.response.model_name", "ai.response.model"},
	AttrRequestStream: {
		"gen_ai.is_streaming", "gen_ai.request.is_stream", "gen_ai.response.streaming",
		"gen_ai.request.llm_is_streaming", "llm.is_streaming", "langsmith.request.streaming", "litellm.request.streaming",
		"tfy.model.streaming",
	},
	AttrResponseID: {"gen_ai.response_id", "ai.response.id"}, // the former is Langtrace's
	AttrSystemFingerprint: {
		"gen_ai.openai.response.system_fingerprint", "gen_ai.openai.system_fingerprint", "gen_ai.response.system_fingerprint",
	},
	AttrServiceTier: {
		"gen_ai.openai.response.service_tier", "gen_ai.response.service_tier",
		"anthropic.response.service_tier", "vercel.ai_gateway.service_tier",
	},
	AttrResponseFormat: {"gen_ai.openai.request.response_format"},
	AttrInputTokens: {
		"gen_ai.usage.prompt_tokens",
		"gen_ai.response.prompt_tokens", // Semantic Kernel
		"gen_ai.response.input_tokens",  // Microsoft.Extensions.AI before 10
		"llm.usage.prompt_tokens",
		"llm.token_count.prompt",
		"ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
		"braintrust.metrics.prompt_tokens",
		"tfy.model.metric.input_tokens",
	},
	AttrOutputTokens: {
		"gen_ai.usage.completion_tokens",
		"gen_ai.response.completion_tokens",
		"gen_ai.response.output_tokens",
		"llm.usage.completion_tokens",
		"llm.token_count.completion",
		"ai.usage.outputTokens", "ai.usage.completionTokens",
		"braintrust.metrics.completion_tokens",
		"tfy.model.metric.output_tokens",
	},
	AttrCacheReadInputTokens: {
		"gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_read_tokens",
		"gen_ai.usage.cached_input_tokens", "gen_ai.usage.cached_tokens", "gen_ai.usage.input_cached_tokens",
		"gen_ai.usage.input_tokens.cached", "gen_ai.usage.input_tokens.cache_read",
		"gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens",
		"gen_ai.usage.details.cached_tokens", "gen_ai.usage.details.cached_content_tokens",
		"gen_ai.usage.cached_content_token_count", // JetBrains' Tracy
		"gen_ai.usage.cached_prompt_text_tokens",  // xAI
		"agentscope.usage.cache_input_tokens",
		"gen_ai.usage.prompt_token_details.cached_read_tokens", "gen_ai.usage.input_token_details.cached_read_tokens",
		"llm.usage.cache_read_input_tokens",
		"llm.token_count.prompt_details.cache_read",
		"ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens",
		"braintrust.metrics.prompt_cached_tokens",
		"tfy.model.metric.cache_read_input_tokens",
	},
	AttrCacheCreationTokens: {
		"gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.cache_write_tokens",
		"gen_ai.usage.cache_creation_tokens",
		"gen_ai.usage.input_tokens.cache_creation", "gen_ai.usage.input_tokens.cache_write",
		"gen_ai.usage.details.cache_creation_input_tokens", "gen_ai.usage.details.cache_write_tokens",
		"gen_ai.usage.prompt_token_details.cached_write_tokens", "gen_ai.usage.input_token_details.cached_write_tokens",
		"llm.usage.cache_creation_input_tokens",
		"llm.token_count.prompt_details.cache_write",
		"llm.token_count.prompt_details.cache_creation", // Envoy's gateway
		"ai.usage.inputTokenDetails.cacheWriteTokens",
		"agentscope.usage.cache_creation_input_tokens",
		"braintrust.metrics.prompt_cache_creation_tokens",
		"tfy.model.metric.cache_creation_input_tokens",
	},
	AttrCacheWriteLongTokens: {
		"gen_ai.usage.cache_creation.1h_input_tokens", // Mastra
		"gen_ai.usage.input_tokens.cache_write_1h",    // OpenRouter
		"gen_ai.usage.prompt_token_details.cached_write_tokens_1h", "gen_ai.usage.input_token_details.cached_write_tokens_1h",
		"anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
	},
	AttrReasoningOutputTokens: {
		"gen_ai.usage.reasoning_tokens", "gen_ai.usage.thinking_tokens", "gen_ai.usage.reasoning_output_tokens",
		"gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.output_reasoning_tokens",
		"gen_ai.usage.thoughts_tokens", "gen_ai.usage.thoughts_token_count", // Ax, and JetBrains' Tracy
		"gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens", "gen_ai.usage.details.thinking_tokens",
		"gen_ai.usage.completion_token_details.reasoning_tokens", "gen_ai.usage.output_token_details.reasoning_tokens",
		"llm.usage.reasoning_tokens",
		"llm.token_count.completion_details.reasoning",
		"ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens",
		"braintrust.metrics.completion_reasoning_tokens",
	},
	AttrAudioInputTokens: {
		"gen_ai.usage.audio_input_tokens", // Mastra
		"gen_ai.usage.input_audio_tokens", // Microsoft.Extensions.AI
		"gen_ai.usage.input_tokens.audio", // OpenRouter
		"gen_ai.usage.details.input_audio_tokens",
		"gen_ai.usage.prompt_token_details.audio_tokens", "gen_ai.usage.input_token_details.audio_tokens",
		"llm.token_count.prompt_details.audio",
	},
	AttrAudioCacheReadTokens: {
		"gen_ai.usage.cache_audio_read_tokens", // Pydantic's gateway
	},
	AttrAudioOutputTokens: {
		"gen_ai.usage.audio_output_tokens",
		"gen_ai.usage.output_audio_tokens",
		"gen_ai.usage.details.output_audio_tokens",
		"gen_ai.usage.completion_token_details.audio_tokens", "gen_ai.usage.output_token_details.audio_tokens",
		"llm.token_count.completion_details.audio",
	},
	AttrImageInputTokens: {
		"gen_ai.usage.prompt_image_tokens", // xAI
		"gen_ai.usage.prompt_token_details.image_tokens", "gen_ai.usage.input_token_details.image_tokens",
	},
	AttrImageOutputTokens: {
		"gen_ai.usage.output_image_tokens", // agentgateway
		"gen_ai.usage.output_tokens.image", // OpenRouter
		"gen_ai.usage.completion_token_details.image_tokens", "gen_ai.usage.output_token_details.image_tokens",
	},
}
