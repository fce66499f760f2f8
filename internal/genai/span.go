package genai

import (
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// attributesTypical is how many attributes a span of a chat call has, to grow the map once.
const attributesTypical = 48

// PutSpan writes a call to a fresh span. What is unknown or empty is left out. ReadSpan reads it back.
func PutSpan(c *Call, span ptrace.Span) {
	span.SetTraceID(c.TraceID)
	span.SetSpanID(c.SpanID)
	span.SetParentSpanID(c.ParentSpanID)
	span.SetKind(ptrace.SpanKindClient)
	span.SetName(spanName(c))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(c.Start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(c.Start.Add(c.Duration)))
	if c.ErrorType != "" {
		span.Status().SetCode(ptrace.StatusCodeError)
		span.Status().SetMessage(c.ErrorType)
	}
	w := attributes{span.Attributes()}
	w.EnsureCapacity(attributesTypical)
	putWhat(w, c)
	putOutcome(w, c)
	putUsage(w, &c.Usage)
	putRequest(w, c)
	putFidelity(w, &c.Fidelity)
	putAccounting(w, c)
	for name, value := range c.Caller.Hints {
		w.str(name, value)
	}
	if c.History != nil {
		w.str(AttrHistory, c.History.text())
	}
	if c.Content != nil {
		w.str(AttrRequestBody, c.Content.Request)
		w.str(AttrResponseBody, c.Content.Response)
	}
}

// PutAccounting makes a span that exists already say what the processor's rules decided: caller, cost, conversation.
// What they left empty is taken off, and so are the hints of the caller, which have served their purpose. A span of
// another dialect is said in ours as well.
func PutAccounting(c *Call, span ptrace.Span) {
	span.Attributes().RemoveIf(isAccounting)
	w := attributes{span.Attributes()}
	if c.foreign {
		putWhat(w, c)
		putOutcome(w, c)
		putUsage(w, &c.Usage)
		putRequest(w, c)
	}
	putAccounting(w, c)
}

// PutDuplicate marks a span of a call that another span counts: ReadSpan passes over it from then on.
func PutDuplicate(span ptrace.Span, of pcommon.SpanID) {
	span.Attributes().RemoveIf(func(name string, _ pcommon.Value) bool { return isHint(name) })
	span.Attributes().PutStr(AttrDuplicateOf, of.String())
}

func isHint(name string) bool {
	return name == AttrHistory || strings.HasPrefix(name, AttrCallerHeaderPrefix) || strings.HasPrefix(name, AttrCallerBodyPrefix)
}

func isAccounting(name string, _ pcommon.Value) bool {
	switch name {
	case AttrUserID, AttrTeam, AttrApp, AttrEnvironment, AttrKeyHash, AttrConversationID, AttrDerivedConversationID,
		AttrConversationTurn, AttrHistoryTokens,
		AttrCostUSD, AttrCostSource, AttrPriceVersion:
		return true
	}
	return isHint(name)
}

func spanName(c *Call) string {
	if c.RequestModel == "" {
		return string(c.Operation)
	}
	return string(c.Operation) + " " + c.RequestModel
}

func putWhat(w attributes, c *Call) {
	w.str(AttrOperationName, string(c.Operation))
	w.str(AttrProviderName, c.Provider)
	w.str(AttrOpenAIAPIType, c.APIType)
	w.str(AttrUpstream, c.Upstream)
	w.str(AttrServerAddress, c.ServerAddress)
	w.num(AttrServerPort, int64(c.ServerPort))
	w.str(AttrServerVersion, c.ServerVersion)
	w.str(AttrRequestModel, c.RequestModel)
	w.str(AttrResponseModel, c.ResponseModel)
	w.flag(AttrRequestStream, c.Stream)
	w.str(AttrResponseID, c.ResponseID)
	w.str(AttrPreviousResponseID, c.PreviousResponseID)
	w.str(AttrSystemFingerprint, c.SystemFingerprint)
	w.str(AttrServiceTier, c.ServiceTier)
}

func putOutcome(w attributes, c *Call) {
	w.num(AttrHTTPStatus, int64(c.HTTPStatus))
	w.str(AttrOutcome, string(c.Outcome))
	w.str(AttrErrorType, c.ErrorType)
	w.strs(AttrResponseFinishReasons, c.FinishReasons)
	w.seconds(AttrTimeToFirstChunk, c.TimeToFirstChunk)
	w.seconds(AttrMaxGap, c.MaxGap)
	w.num(AttrChunks, int64(c.Chunks))
	w.seconds(AttrTapOverhead, c.TapOverhead)
	w.num(AttrRequestBytes, c.RequestBytes)
	w.num(AttrResponseBytes, c.ResponseBytes)
	w.flag(AttrRequestTruncated, c.RequestTruncated)
	w.flag(AttrResponseTruncated, c.ResponseTruncated)
	w.num(AttrRetry, int64(c.Retry))
	w.str(AttrClientRequestID, c.ClientRequestID)
	w.str(AttrServerRequestID, c.ServerRequestID)
	w.seconds(AttrRetryAfter, c.RetryAfter)
	w.count(AttrContextLimit, c.ContextLimit)
	w.count(AttrContextTokens, c.ContextTokens)
	for i := range c.RateLimits {
		limit := &c.RateLimits[i]
		w.count(AttrRateLimitPrefix+limit.Kind+".limit", limit.Limit)
		w.count(AttrRateLimitPrefix+limit.Kind+".remaining", limit.Remaining)
		w.seconds(AttrRateLimitPrefix+limit.Kind+".reset", limit.Reset)
	}
	w.num(AttrTicket, c.Ticket)
}

func putUsage(w attributes, u *Usage) {
	w.count(AttrInputTokens, u.Input)
	w.count(AttrOutputTokens, u.Output)
	w.count(AttrCacheReadInputTokens, u.CacheRead)
	w.count(AttrCacheCreationTokens, u.CacheWrite)
	w.count(AttrReasoningOutputTokens, u.Reasoning)
	w.count(AttrAudioInputTokens, u.AudioInput)
	w.count(AttrAudioOutputTokens, u.AudioOutput)
	w.count(AttrImageInputTokens, u.ImageInput)
	w.count(AttrImageOutputTokens, u.ImageOutput)
	w.count(AttrAudioCacheReadTokens, u.AudioCacheRead)
	w.count(AttrCacheWriteLongTokens, u.CacheWriteLong)
	w.seconds(AttrAudioTime, u.AudioTime)
	w.str(AttrUsageSource, string(u.Source))
}

func putRequest(w attributes, c *Call) {
	w.num(AttrToolsOffered, int64(c.ToolsOffered))
	w.num(AttrToolCalls, int64(c.ToolCalls))
	w.strs(AttrToolNames, c.ToolNames)
	w.num(AttrInputImages, int64(c.InputImages))
	w.num(AttrInputAudios, int64(c.InputAudios))
	w.num(AttrInputFiles, int64(c.InputFiles))
	w.str(AttrResponseFormat, c.ResponseFormat)
	w.hash(AttrPromptHash, c.PromptHash)
	w.hash(AttrPromptVersion, c.PromptVersion)
	w.hash(AttrToolCallHash, c.ToolCallHash)
	w.num(AttrTurn, int64(c.Turn))
}

// PutFidelity makes a span that exists already say what the checks found.
func PutFidelity(f *Fidelity, span ptrace.Span) { putFidelity(attributes{span.Attributes()}, f) }

func putFidelity(w attributes, f *Fidelity) {
	w.strs(AttrFidelityApplicable, f.Applicable)
	w.strs(AttrFidelityFailed, f.Failed)
	w.strs(AttrFidelitySuspected, f.Suspected)
	w.strs(AttrFidelityUndecidable, f.Undecidable)
	w.strs(AttrFidelityNoted, f.Noted)
	w.strs(AttrFidelityEvidence, f.Evidence)
}

func putAccounting(w attributes, c *Call) {
	w.str(AttrUserID, c.Caller.UserID)
	w.str(AttrTeam, c.Caller.Team)
	w.str(AttrApp, c.Caller.App)
	w.str(AttrEnvironment, c.Caller.Environment)
	w.str(AttrKeyHash, c.Caller.KeyHash)
	for name, value := range c.Caller.Labels {
		w.str(AttrLabelPrefix+name, value)
	}
	w.str(AttrConversationID, c.ConversationID)
	w.str(AttrDerivedConversationID, c.DerivedConversationID)
	w.num(AttrConversationTurn, int64(c.ConversationTurn))
	w.count(AttrHistoryTokens, c.HistoryTokens)
	if c.Cost.Known {
		w.PutDouble(AttrCostUSD, c.Cost.Amount.USD())
	}
	w.str(AttrCostSource, c.Cost.Source)
	w.str(AttrPriceVersion, c.Cost.PriceVersion)
}

// attributes puts only what is there.
type attributes struct{ pcommon.Map }

func (w attributes) str(name, value string) {
	if value != "" {
		w.PutStr(name, value)
	}
}

func (w attributes) num(name string, value int64) {
	if value != 0 {
		w.PutInt(name, value)
	}
}

func (w attributes) flag(name string, value bool) {
	if value {
		w.PutBool(name, true)
	}
}

func (w attributes) count(name string, value Count) {
	if value.Known {
		w.PutInt(name, value.N)
	}
}

func (w attributes) seconds(name string, value time.Duration) {
	if value != 0 {
		w.PutDouble(name, value.Seconds())
	}
}

// hash is written as hex text, because an attribute's integer is signed.
func (w attributes) hash(name string, value uint64) {
	if value != 0 {
		w.PutStr(name, strconv.FormatUint(value, 16))
	}
}

func (w attributes) strs(name string, values []string) {
	if len(values) == 0 {
		return
	}
	list := w.PutEmptySlice(name)
	list.EnsureCapacity(len(values))
	for _, value := range values {
		list.AppendEmpty().SetStr(value)
	}
}
