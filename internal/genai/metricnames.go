package genai

// Names of metrics and of their own attributes in the GenAI semantic conventions v1.41.
const (
	MetricTokenUsage          = "gen_ai.client.token.usage"
	MetricOperationDuration   = "gen_ai.client.operation.duration"
	MetricOperationFirstChunk = "gen_ai.client.operation.time_to_first_chunk"
	AttrTokenType             = "gen_ai.token.type"
	TokenTypeInput            = "input"
	TokenTypeOutput           = "output"
)

// Names of metrics on the conventions' main branch after v1.41. MetricOperationDuration stays there for the operations
// that are neither inference nor embeddings.
const (
	MetricInferenceDuration     = "gen_ai.client.inference.duration"
	MetricInferenceFirstChunk   = "gen_ai.client.inference.time_to_first_chunk"
	MetricInferenceInputTokens  = "gen_ai.client.inference.usage.input_tokens"
	MetricInferenceOutputTokens = "gen_ai.client.inference.usage.output_tokens"
	MetricInferenceCacheRead    = "gen_ai.client.inference.usage.cache_read.input_tokens"
	MetricInferenceCacheWrite   = "gen_ai.client.inference.usage.cache_write.input_tokens"
	MetricInferenceReasoning    = "gen_ai.client.inference.usage.reasoning.output_tokens"
	MetricOperationInputTokens  = "gen_ai.client.inference.operation.input_tokens"
	MetricOperationOutputTokens = "gen_ai.client.inference.operation.output_tokens"
	MetricEmbeddingsDuration    = "gen_ai.client.embeddings.duration"
	MetricEmbeddingsInputTokens = "gen_ai.client.embeddings.operation.input_tokens"
	AttrTokenModality           = "gen_ai.token.modality"
	TokenModalityText           = "text"
	TokenModalityImage          = "image"
	TokenModalityAudio          = "audio"
	TokenModalityUnknown        = "unknown"
)

// Our own metrics, for what the conventions do not have.
const (
	MetricCost           = "llmtap.cost"
	MetricUsageCalls     = "llmtap.usage.calls"
	MetricFidelityChecks = "llmtap.fidelity.checks"
	MetricUnrecorded     = "llmtap.unrecorded.calls"
)
