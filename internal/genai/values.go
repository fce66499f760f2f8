package genai

// Operation is what a call does, in the conventions' words.
type Operation string

// The operations that llmtap records. Those after FetchResponse are custom values, which the conventions allow.
const (
	OperationChat            Operation = "chat"
	OperationTextCompletion  Operation = "text_completion"
	OperationEmbeddings      Operation = "embeddings"
	OperationGenerateContent Operation = "generate_content"
	OperationRetrieval       Operation = "retrieval"
	OperationFetchResponse   Operation = "fetch_response"
	OperationCancelResponse  Operation = "cancel_response"
	OperationCompact         Operation = "compact"
	OperationCountTokens     Operation = "count_tokens"
	OperationRerank          Operation = "rerank"
	OperationScore           Operation = "score"
	OperationClassify        Operation = "classify"
	OperationPooling         Operation = "pooling"  // what a model that writes no text makes of one, whatever that is
	OperationDecision        Operation = "decision" // typed questions, answered with probabilities
	OperationTranscription   Operation = "transcription"
	OperationTranslation     Operation = "translation"
	OperationSpeech          Operation = "speech"
	OperationImage           Operation = "image_generation"
	OperationRealtime        Operation = "realtime" // a session over a WebSocket
)

// The formats of APIs by whose they are, values of Call.Provider that the decoders give. SDKs know others.
const (
	ProviderOpenAI    = "openai"
	ProviderAnthropic = "anthropic"
	ProviderMistral   = "mistral_ai"
	ProviderCohere    = "cohere"
	ProviderTypeSafe  = "typesafe"
	ProviderVLLM      = "vllm"
	ProviderSGLang    = "sglang"
	ProviderLlamaCpp  = "llama.cpp"
	ProviderOllama    = "ollama"
	ProviderLMStudio  = "lmstudio"
	ProviderTGI       = "tgi"
	ProviderTEI       = "tei"
)

// The OpenAI APIs that Call.APIType tells apart.
const (
	APIChatCompletions = "chat_completions"
	APIResponses       = "responses"
)

// Outcome is how a call ended.
type Outcome string

// The outcomes of a call.
const (
	OutcomeOK            Outcome = "ok"
	OutcomeClientError   Outcome = "client_error"
	OutcomeUpstreamError Outcome = "upstream_error"
	OutcomeTimeout       Outcome = "timeout"
	OutcomeClientAbort   Outcome = "client_abort"
	OutcomeRefused       Outcome = "refused"
	OutcomeTapError      Outcome = "tap_error"
)

// The classes of errors, values of the attribute error.type.
const (
	ErrorContextLength       = "context_length"
	ErrorRateLimit           = "rate_limit"
	ErrorQuota               = "quota"
	ErrorAuth                = "auth"
	ErrorNotFound            = "not_found"
	ErrorInvalidRequest      = "invalid_request"
	ErrorTimeout             = "timeout"
	ErrorOverloaded          = "overloaded"
	ErrorServerError         = "server_error"
	ErrorContentFilter       = "content_filter"
	ErrorUpstreamUnavailable = "upstream_unavailable"
	ErrorClientAbort         = "client_abort"
	ErrorStreamBroken        = "stream_broken"
	ErrorBlockedByBudget     = "blocked_by_budget"
	ErrorTooLarge            = "too_large"
	ErrorTapError            = "tap_error"
)
