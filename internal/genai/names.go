package genai

// Attribute names of the GenAI semantic conventions v1.41, the last core release that has them.
// A test pins them against go.opentelemetry.io/otel/semconv/v1.41.0.
const (
	AttrOperationName  = "gen_ai.operation.name"
	AttrProviderName   = "gen_ai.provider.name"
	AttrConversationID = "gen_ai.conversation.id"
	AttrRequestModel   = "gen_ai.request.model"
	AttrRequestStream  = "gen_ai.request.stream"

	AttrRequestMaxTokens        = "gen_ai.request.max_tokens"
	AttrRequestChoiceCount      = "gen_ai.request.choice.count"
	AttrRequestTemperature      = "gen_ai.request.temperature"
	AttrRequestTopP             = "gen_ai.request.top_p"
	AttrRequestTopK             = "gen_ai.request.top_k"
	AttrRequestFrequencyPenalty = "gen_ai.request.frequency_penalty"
	AttrRequestPresencePenalty  = "gen_ai.request.presence_penalty"
	AttrRequestSeed             = "gen_ai.request.seed"
	AttrRequestEncodingFormats  = "gen_ai.request.encoding_formats"
	AttrEmbeddingDimensions     = "gen_ai.embeddings.dimension.count"

	AttrInputMessages         = "gen_ai.input.messages"
	AttrOutputMessages        = "gen_ai.output.messages"
	AttrToolDefinitions       = "gen_ai.tool.definitions"
	AttrOutputType            = "gen_ai.output.type"
	AttrResponseID            = "gen_ai.response.id"
	AttrResponseModel         = "gen_ai.response.model"
	AttrResponseFinishReasons = "gen_ai.response.finish_reasons"
	AttrTimeToFirstChunk      = "gen_ai.response.time_to_first_chunk"
	AttrInputTokens           = "gen_ai.usage.input_tokens"
	AttrOutputTokens          = "gen_ai.usage.output_tokens"
	AttrCacheReadInputTokens  = "gen_ai.usage.cache_read.input_tokens"
	AttrCacheCreationTokens   = "gen_ai.usage.cache_creation.input_tokens"
	AttrReasoningOutputTokens = "gen_ai.usage.reasoning.output_tokens"
	AttrErrorType             = "error.type"
	AttrServerAddress         = "server.address"
	AttrServerPort            = "server.port"
	AttrHTTPStatus            = "http.response.status_code"
	AttrOpenAIAPIType         = "openai.api.type"
	AttrSystemFingerprint     = "openai.response.system_fingerprint"
	AttrServiceTier           = "openai.response.service_tier"
	AttrUserID                = "user.id"
	AttrEnvironment           = "deployment.environment.name"
	AttrServiceName           = "service.name"
	AttrServiceInstance       = "service.instance.id"
)

// Names of the conventions' main branch after v1.41 that replace or extend the ones above.
const (
	AttrCacheWriteInputTokens = "gen_ai.usage.cache_write.input_tokens"
	AttrAudioInputTokens      = "gen_ai.usage.audio.input_tokens"
	AttrAudioOutputTokens     = "gen_ai.usage.audio.output_tokens"
	AttrAudioCacheReadTokens  = "gen_ai.usage.audio.cache_read.input_tokens"
	AttrImageInputTokens      = "gen_ai.usage.image.input_tokens"
	AttrImageOutputTokens     = "gen_ai.usage.image.output_tokens"
	AttrPreviousResponseID    = "gen_ai.request.previous_response.id"
	AttrReasoningLevel        = "gen_ai.request.reasoning.level"
)

// Our own names, for what the conventions do not have.
const (
	AttrTeam                  = "llmtap.team"
	AttrApp                   = "llmtap.app"
	AttrKeyHash               = "llmtap.key_hash"
	AttrLabelPrefix           = "llmtap.label."
	LabelBudget               = "budget" // of a refused call: the budget that was used up
	AttrUpstream              = "llmtap.upstream"
	AttrServerVersion         = "llmtap.server.version"
	AttrOutcome               = "llmtap.outcome"
	AttrUsageSource           = "llmtap.usage.source"
	AttrCacheWriteLongTokens  = "llmtap.usage.cache_write_1h.input_tokens"
	AttrAudioTime             = "llmtap.usage.audio.input_duration"
	AttrHostedTools           = "llmtap.usage.hosted_tools"
	AttrCostUSD               = "llmtap.cost.usd"
	AttrCostSource            = "llmtap.cost.source"
	AttrPriceVersion          = "llmtap.price.version"
	AttrMaxGap                = "llmtap.response.max_gap"
	AttrChunks                = "llmtap.response.chunks"
	AttrTapOverhead           = "llmtap.tap.overhead"
	AttrToolsOffered          = "llmtap.tools.offered"
	AttrToolCalls             = "llmtap.tools.calls"
	AttrToolNames             = "llmtap.tools.names"
	AttrToolCallHash          = "llmtap.tools.call_hash"
	AttrInputImages           = "llmtap.input.images"
	AttrInputAudios           = "llmtap.input.audios"
	AttrInputFiles            = "llmtap.input.files"
	AttrResponseFormat        = "llmtap.response_format"
	AttrPromptHash            = "llmtap.prompt.hash"
	AttrPromptVersion         = "llmtap.prompt.version"
	AttrTurn                  = "llmtap.turn"
	AttrRetry                 = "llmtap.retry"
	AttrClientRequestID       = "llmtap.client.request_id"
	AttrServerRequestID       = "llmtap.server.request_id"
	AttrRetryAfter            = "llmtap.retry_after"
	AttrContextLimit          = "llmtap.error.context_limit"
	AttrContextTokens         = "llmtap.error.context_tokens"
	AttrRequestBytes          = "llmtap.request.bytes"
	AttrResponseBytes         = "llmtap.response.bytes"
	AttrRequestTruncated      = "llmtap.request.truncated"
	AttrResponseTruncated     = "llmtap.response.truncated"
	AttrTicket                = "llmtap.ledger.ticket"
	AttrDerivedConversationID = "llmtap.conversation.id"
	AttrConversationTurn      = "llmtap.conversation.turn"
	AttrHistoryTokens         = "llmtap.conversation.history_tokens"
	AttrDuplicateOf           = "llmtap.duplicate_of"
	AttrUnrecordedCalls       = "llmtap.unrecorded.calls"
	AttrUnrecordedReason      = "llmtap.unrecorded.reason"
	AttrRequestBody           = "llmtap.request.body"
	AttrResponseBody          = "llmtap.response.body"
	AttrFidelityApplicable    = "llmtap.fidelity.applicable"
	AttrFidelityFailed        = "llmtap.fidelity.failed"
	AttrFidelitySuspected     = "llmtap.fidelity.suspected"
	AttrFidelityUndecidable   = "llmtap.fidelity.undecidable"
	AttrFidelityNoted         = "llmtap.fidelity.noted"
	AttrFidelityEvidence      = "llmtap.fidelity.evidence"
)

// AttrRateLimitPrefix begins llmtap.ratelimit.KIND.limit and .remaining, which are counts, and .reset, in seconds.
const AttrRateLimitPrefix = "llmtap.ratelimit."

// ownPrefix begins the attributes that the GenAI conventions do not have.
const ownPrefix = "llmtap."

// What begins so carries what the request itself says of its caller, for the identity rule to choose from.
const (
	AttrCallerHeaderPrefix = attrCallerPrefix + "header."
	AttrCallerBodyPrefix   = attrCallerPrefix + "body."
	attrCallerPrefix       = "llmtap.caller."

	// AttrCallerParametersUser is the user of the request in dialects that keep it among its parameters.
	AttrCallerParametersUser = AttrCallerBodyPrefix + "parameters.user"
)

// AttrHistory carries the hashes of the messages to the conversation rule. See History.
const AttrHistory = "llmtap.history"
