// Package genai has the Call, the central type of llmtap, and the only encoder and decoder between a Call and a
// GenAI span.
package genai

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Call is one model call: who asked what of which server, what came back, how fast, at what cost.
type Call struct {
	TraceID      pcommon.TraceID
	SpanID       pcommon.SpanID
	ParentSpanID pcommon.SpanID
	// TraceFlags has W3C's flags and what OTLP adds to them. See the Trace constants.
	TraceFlags uint32
	Start      time.Time
	Duration   time.Duration

	Caller Caller

	Operation Operation
	// Provider names the format of the API, as the conventions do: openai, anthropic, or a name of a server's own.
	Provider string
	// APIType tells the OpenAI APIs apart: chat_completions, responses; empty elsewhere.
	APIType string
	// Upstream is the configured name of the model server.
	Upstream      string
	ServerAddress string
	ServerPort    int
	// ServerVersion is the server's software and version where it says so.
	ServerVersion string
	RequestModel  string
	ResponseModel string
	// Stream tells that the answer came as a stream.
	Stream bool

	// HTTPStatus is what the client got; 0 when it got none.
	HTTPStatus int
	Outcome    Outcome
	// ErrorType is the class of the error, empty when there was none. See the Error constants.
	ErrorType     string
	FinishReasons []string

	ResponseID         string
	PreviousResponseID string
	SystemFingerprint  string
	ServiceTier        string
	// ConversationID is one that the application or server gave; DerivedConversationID is ours.
	ConversationID        string
	DerivedConversationID string
	// ConversationTurn counts the calls of the conversation up to this one; 0 is unknown.
	ConversationTurn int
	// HistoryTokens are the input tokens that an earlier call of the conversation had already.
	HistoryTokens Count
	// History tells to which earlier calls the call belongs, until the conversation is known; nil without messages.
	History *History

	// TimeToFirstChunk runs from Start to the first content, reasoning or tool delta of a stream, or to the first byte
	// of any other answer; 0 when nothing came.
	TimeToFirstChunk time.Duration
	// MaxGap is the longest wait between two pieces of the answer; 0 with fewer than two.
	MaxGap time.Duration
	// Chunks counts the pieces of the answer that a stream brought.
	Chunks int
	// TapOverhead is the time that the tap added before the first byte of the answer.
	TapOverhead time.Duration

	Usage Usage
	Cost  Cost

	// ToolsOffered counts the tools of the request, ToolCalls the calls of tools in the answer.
	ToolsOffered int
	ToolCalls    int
	// ToolNames are the names of the tools called, in order.
	ToolNames   []string
	InputImages int
	InputAudios int
	InputFiles  int
	// ResponseFormat is text, json_object or json_schema.
	ResponseFormat string

	// PromptHash is of the whole request, PromptVersion of its system prompt and tool schemas, ToolCallHash of the
	// names and canonical arguments of the calls made; 0 means there is nothing to hash.
	PromptHash    uint64
	PromptVersion uint64
	ToolCallHash  uint64
	// Turn is the number of messages in the request.
	Turn int
	// Retry is the retry count that an SDK announced.
	Retry int
	// ClientRequestID is the id that the client gave its request, ServerRequestID the one that the server did.
	ClientRequestID string
	ServerRequestID string
	// RetryAfter is how long the server asks to wait before the next try; 0 when it does not say.
	RetryAfter time.Duration
	// RateLimits are what the server says of its limits, by kind.
	RateLimits []RateLimit
	// ContextLimit and ContextTokens are what an error of the class context_length says: the limit, and what the request
	// came to.
	ContextLimit  Count
	ContextTokens Count
	// Ticket names what the ledger reserved for the call; 0 for nothing. It means nothing outside the process.
	Ticket int64

	// RequestBytes and ResponseBytes are the sizes of the bodies on the wire, without transfer coding.
	RequestBytes  int64
	ResponseBytes int64
	// RequestTruncated and ResponseTruncated tell that not all of a body was read, because of a limit.
	RequestTruncated  bool
	ResponseTruncated bool

	Fidelity Fidelity
	// Content is set only when the configuration asks for bodies.
	Content *Content
	// Detail is what decoders read beyond the span; nil on a Call read from a span.
	Detail *Detail

	// foreign tells that the call was read from a span of another dialect.
	foreign bool
	space   *space
}

// The flags of a span in OTLP.
const (
	TraceSampled     uint32 = 1 << 0 // the caller's trace is kept by who records it
	TraceRemoteKnown uint32 = 1 << 8 // TraceRemote is known
	TraceRemote      uint32 = 1 << 9 // the parent is a span of another process
)

// ID is the row's identity: it follows from trace and span id alone, so that a span sent twice has one id.
func (c *Call) ID() uuid.UUID { return SpanUUID(c.TraceID, c.SpanID) }

// SpanUUID is an id that follows from those of a trace and a span.
func SpanUUID(trace pcommon.TraceID, span pcommon.SpanID) uuid.UUID {
	var ids [24]byte
	copy(ids[:16], trace[:])
	copy(ids[16:], span[:])
	sum := sha256.Sum256(ids[:])
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: custom (RFC 9562, section 5.8)
	id[8] = id[8]&0x3f | 0x80
	return id
}

// SetLabel gives the caller a label.
func (c *Call) SetLabel(name, value string) {
	if c.Caller.Labels == nil {
		c.Caller.Labels = make(map[string]string)
	}
	c.Caller.Labels[name] = value
}

// Caller is who made a call.
type Caller struct {
	UserID      string
	Team        string
	App         string
	Environment string
	// KeyHash is a keyed hash of the API key, in hex.
	KeyHash string
	Labels  map[string]string
	// Hints are what the request says of its caller, for the identity rule to choose from.
	Hints []Hint
}

// Hint is what a request says of its caller in one place, which the span attribute's name tells.
type Hint struct{ Attribute, Value string }

// Hint gives the hint of an attribute; empty when there is none.
func (c *Caller) Hint(attribute string) string {
	for i := range c.Hints {
		if c.Hints[i].Attribute == attribute {
			return c.Hints[i].Value
		}
	}
	return ""
}

// SetHint sets a hint of the caller; of two of one attribute the later counts.
func (c *Call) SetHint(attribute, value string) {
	hints := c.hints()
	for i := range hints {
		if hints[i].Attribute == attribute {
			hints[i].Value = value
			return
		}
	}
	c.Caller.Hints = append(hints, Hint{attribute, value})
}

// RateLimit is a limit of a server. Kind is what it counts: requests, tokens, input_tokens, tokens_minute.
type RateLimit struct {
	Kind      string
	Limit     Count
	Remaining Count
	// Reset is the time until the limit is whole again; 0 when the server does not say.
	Reset time.Duration
}

// Content holds the bodies of a call, decoded from their content coding.
type Content struct{ Request, Response string }

// content gives the call room for bodies.
func content(c *Call) *Content {
	if c.Content == nil {
		c.Content = &Content{}
	}
	return c.Content
}

// Fidelity lists check ids by verdict. Applicable are those that could be judged: passed, failed or suspected.
type Fidelity struct {
	Applicable []string
	// ApplicableText is JoinChecks of Applicable, where that has been made already. Such a list is shared and never changed.
	ApplicableText string

	Failed      []string
	Suspected   []string
	Undecidable []string
	// Noted are differences that break no promise. They are counted and in none of the other lists.
	Noted []string
	// Evidence is a short snippet per failed check, only with content capture.
	Evidence []string
}
