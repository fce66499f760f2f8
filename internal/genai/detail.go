package genai

// Detail is what a decoder read of a call beyond its summary, in terms that all APIs share. The fidelity checks judge
// it; it never leaves the process. Strings and slices may share memory with the recorded bodies.
type Detail struct {
	// What the request asks for.

	// RequestUnknown tells that there was no request to read.
	RequestUnknown bool
	Tools          []Tool
	// MoreTools tells that the model may call tools that are not in Tools: hosted ones, those of an MCP server, or ones
	// that it finds by searching.
	MoreTools      bool
	ToolChoice     ToolChoice
	ParallelTools  *bool
	ResponseSchema []byte
	SchemaStrict   bool
	// AnswerChoice and AnswerRegex are guided decoding: the whole answer is one of these, or matches. See AnswerChoicesMax.
	AnswerChoice []string
	AnswerRegex  string
	// FormWord, ChoiceWord and RegexWord tell who knows the words in which JSON, the choice or the pattern is asked for.
	FormWord, ChoiceWord, RegexWord Word
	// MaxTokens is the bound that the request gives each answer, or Unbounded; BoundWord tells who knows the word for it.
	MaxTokens Count
	BoundWord Word
	// MinTokens is how many tokens each answer is to have at least, in a word of vLLM and SGLang.
	MinTokens    Count
	ChoiceCount  int
	IncludeUsage bool
	// ContinuousUsage tells that usage is to come with each chunk, which then counts the choice of that chunk.
	ContinuousUsage bool
	// StreamAsked tells that a stream was asked for, StreamUnclear that by a value of another type than the API has, which some
	// servers heed and some do not.
	StreamAsked, StreamUnclear bool
	// LogprobsAsked tells that log probabilities were asked for, TopLogprobs how many alternatives of each, and
	// AlternativesOtherwise that the request wants others: those that it names, or those that sampling left.
	LogprobsAsked, AlternativesOtherwise bool
	TopLogprobs                          Count
	// Stop are the strings that end an answer; StopKept tells that the request wants them left in it. StopsOtherwise tells that it
	// has tokens or patterns that do so.
	Stop                     []string
	StopKept, StopsOtherwise bool
	// What the request wants the server to leave in the text: the model's thinking, the markup of its tool calls, the control
	// tokens of its template.
	ThinkingKept, MarkupKept, ControlKept bool
	// ThinkingHidden tells that the request wants an answer without the model's thinking, which is counted all the same.
	ThinkingHidden bool
	// LargeImage tells that one of the images is known to be large.
	LargeImage bool
	// Echoed tells that the answer's text is to begin with the prompt, which is none of the output.
	Echoed bool
	// Prompt is that of a request of completions, in JSON: a text, tokens, or a list of such.
	Prompt []byte
	// EndsUntold tells that answers of the API do not say why they ended.
	EndsUntold bool
	// BestOf is among how many answers the server is to choose; it counts all of them.
	BestOf   int
	Sampling Sampling
	// EncryptedAsked tells that reasoning is to come in an encrypted form, too, in which the client can send it back.
	EncryptedAsked bool
	// ReasoningLevel is how much the model is to think, in the API's words; ReasoningOff tells that it is not to think at all.
	ReasoningLevel string
	ReasoningOff   bool
	// UsageOff tells that the request wants an answer without token counts, which the API allows.
	UsageOff bool
	// StoreOff tells that the response is not to be stored.
	StoreOff bool
	// TruncationOff tells that the request forbids to shorten the prompt, ShorteningAsked that it lets the server do so.
	TruncationOff, ShorteningAsked bool
	// MessageHashes has for each message of the request, in order, the hash of it and all before it. See MessagesMax.
	MessageHashes []uint64
	// Chain hashes what they say.
	Chain Chain
	// TurnCallIDs are the ids of tool calls in the messages, TurnResultIDs those that tool results refer to. See TurnIDsMax.
	TurnCallIDs   []string
	TurnResultIDs []string
	// MoreTurns tells that the server knows turns that are not in the messages: those of a conversation, or items that the
	// messages refer to.
	MoreTurns bool
	// PastReasoning tells that the messages bring back what the model thought before, which many servers leave out of the prompt.
	PastReasoning bool
	// PromptTextBytes is how much text the prompt has: messages, instructions and tools, without media.
	PromptTextBytes int64
	// BesideTextBytes is how much of that stands beside the messages: instructions and tools.
	BesideTextBytes int64
	// Conversation is the stored one that the request continues.
	Conversation string
	// Embedding, Rerank and Transcript belong to requests of these APIs, nil elsewhere.
	Embedding  *Embedding
	Rerank     *Rerank
	Transcript *Transcript

	// What the answer is.

	Choices []Choice
	// Done tells that a stream had its format's own end ([DONE], message_stop, "done":true).
	Done bool
	// Restarted tells that a stream has the pieces of several answers, because another model took over.
	Restarted bool
	// InvalidEvents counts events of a stream that were not valid JSON.
	InvalidEvents int
	// TotalTokens is the server's own sum of its token counts. RawOutput is its count of output tokens before reasoning
	// was added where the server leaves it out.
	TotalTokens Count
	RawOutput   Count
	// Rejected are tokens that are in no text, of a prediction that the model did not follow: output tokens where the client
	// predicts, and none where the server does, as SGLang.
	Rejected Count
	// EchoedResponseID is the previous response that the answer says it continues.
	EchoedResponseID string
	// PreviousMissing tells that the server says it does not have the response that the request continues.
	PreviousMissing bool
	// EchoedConversation is the conversation that the answer says it is of; ConversationTold, that it says so, if only that it is of none.
	EchoedConversation string
	ConversationTold   bool
	// EchoedMaxTokens is MaxTokens as the answer says that it was asked for.
	EchoedMaxTokens Count
	// Flaws are the departures of the answer's form from what its API defines.
	Flaws Flaws
	// ServerShown is the server whose answers have members that this one has, by the name that it has as a provider.
	ServerShown string
}

// Word tells which servers know a word of a request that the API it is sent to does not define: their names as providers, with
// spaces between. Others do not heed it. It is empty for the API's own words.
type Word string

// Words of servers.
const (
	// WordOfVLLM is one that no other has: who says it takes the server for vLLM, whose answers do not always show it.
	WordOfVLLM  Word = ProviderVLLM
	WordOfLlama Word = ProviderLlamaCpp
	WordOfTGI   Word = ProviderTGI
	// WordOfLMDeploy is one in the request that it shares with SGLang.
	WordOfLMDeploy Word = "lmdeploy"
	WordOfSGLang   Word = ProviderSGLang
	// WordOfGrammars is one of SGLang and llama.cpp.
	WordOfGrammars Word = ProviderSGLang + " " + ProviderLlamaCpp
	// WordOfEngines is one of vLLM and SGLang.
	WordOfEngines Word = ProviderVLLM + " " + ProviderSGLang
)

// MessagesMax bounds the messages of a request whose hashes are kept; those of the first ones are.
const MessagesMax = 1024

// Unbounded is the MaxTokens of a request that says that it wants no bound.
const Unbounded = -1

// TurnIDsMax bounds the ids of tool calls, and those of their results, that are kept of a request; the first ones are.
const TurnIDsMax = 1024

// AnswerChoicesMax bounds the answers that are kept of those among which guided decoding has to choose; the first ones are.
const AnswerChoicesMax = 1024

// Tool is a tool that the request offers. Schema is the JSON Schema of its arguments, nil when there is none.
type Tool struct {
	Name   string
	Kind   string
	Schema []byte
	Strict bool
}

// ToolChoice is what the request demands of tool use.
type ToolChoice struct {
	// Mode is auto, none, required, named or allowed; empty when the request says nothing.
	Mode  string
	Names []string
	// Required tells that one of the allowed tools must be called.
	Required bool
	// Foreign tells that it is said in a form of another API.
	Foreign bool
}

// Choice is one alternative answer.
type Choice struct {
	Index     int
	Text      string
	Reasoning string
	Refusal   string
	// LastMessage is where in Text the last message begins, of an answer that has several.
	LastMessage int
	ToolCalls   []ToolCall
	// ServerCalls are calls of tools that the server itself runs.
	ServerCalls  []ToolCall
	FinishReason string
	Stop         Stop
	Logprobs     bool
	// LogprobTokens counts the tokens with log probabilities, LogprobAlternatives the most alternatives of one.
	LogprobTokens       int
	LogprobAlternatives int
	// Hidden tells that there is reasoning that nobody but the model can read.
	Hidden bool
	// Other tells that there is output which is none of the above: audio, images, calls of tools that the server itself runs,
	// or which the model did not write: calls that its program makes.
	Other bool
}

// Stop is what a server says, beside the finish reason, of what ended a choice.
type Stop uint8

// What some servers say. That a stop string ended it is in none of them: it need not be one of the request.
const (
	StopUntold  Stop = iota
	StopItself       // neither a stop string did, nor a token of stop_token_ids
	StopAtToken      // a token did, the model's own or one of stop_token_ids
)

// ToolCall is a tool call that the model made. Arguments is the JSON text as sent.
type ToolCall struct {
	ID        string
	Name      string
	Kind      string
	Arguments string
	// ArgumentsNotText tells that the arguments were JSON itself where the format wants a string of it, or the reverse.
	ArgumentsNotText bool
}

// Embedding is what a call of an embeddings API asked for and got.
type Embedding struct {
	// Inputs is the number of texts; unknown where tokens were sent.
	Inputs Count
	// Text tells that the texts are not all empty, Listed that the answer has a list of vectors, if only one of none.
	Text, Listed bool
	Dimensions   Count
	// Base64Asked tells that the vectors were asked for as base64 text, Packed that they were in a form that is no plain list
	// or base64 of 32-bit floats: bits, bytes or other floats.
	Base64Asked, Packed bool
	Vectors             []Vector
}

// Vector is one vector of an answer, without its numbers.
type Vector struct {
	Index      int
	Dimensions int
	Base64     bool
	// Zero tells that all its numbers are 0, Invalid that one is no finite number.
	Zero, Invalid bool
}

// Transcript is in which format a transcript was asked for, and came: text, srt, vtt, json or verbose_json, and others that may be
// asked for. Given is empty where nothing was said or it came as a stream.
type Transcript struct {
	Asked, Given string
}

// Rerank is what a call of a rerank API asked for and got.
type Rerank struct {
	Documents int
	TopN      Count
	Results   []RerankResult
}

// RerankResult is one result, in the answer's order.
type RerankResult struct {
	Index int
	Score float64
}
