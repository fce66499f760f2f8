package genai

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// ReadSpan reads a GenAI span into a call: in the names that PutSpan writes, their successors on the conventions' main
// branch, and those of other dialects. It gives false, and a call with nothing but ids and times, for a span that is no
// model call, or one that another span counts already.
func ReadSpan(span ptrace.Span, c *Call) bool {
	ids := Call{
		TraceID:      span.TraceID(),
		SpanID:       span.SpanID(),
		ParentSpanID: span.ParentSpanID(),
		Start:        span.StartTimestamp().AsTime(),
		Duration:     span.EndTimestamp().AsTime().Sub(span.StartTimestamp().AsTime()),
	}
	*c = ids
	if operation, ok := span.Attributes().Get(AttrOperationName); ok && !isModelCall(operationOf(operation.Str())) {
		return false
	}
	var f foreign
	for name, value := range span.Attributes().All() {
		readAttribute(c, &f, name, value)
	}
	if f.used || c.Operation == "" {
		f.fill(c)
	}
	if !isModelCall(c.Operation) || f.noCall || f.duplicate {
		*c = ids
		return false
	}
	mend(span, c, f.total)
	return true
}

func readAttribute(c *Call, f *foreign, name string, v pcommon.Value) {
	known := true
	switch {
	case strings.HasPrefix(name, "gen_ai.usage."):
		known = readUsage(&c.Usage, name, v)
	case strings.HasPrefix(name, "gen_ai."):
		known = readConvention(c, name, v)
	case name == AttrDuplicateOf:
		f.duplicate = true
	case strings.HasPrefix(name, "llmtap."):
		readOwn(c, name, v)
	default:
		known = readCommon(c, name, v)
	}
	if !known {
		f.read(name, v)
	}
}

func readUsage(u *Usage, name string, v pcommon.Value) bool {
	switch name {
	case AttrInputTokens:
		u.Input = readCount(v)
	case AttrOutputTokens:
		u.Output = readCount(v)
	case AttrCacheReadInputTokens:
		u.CacheRead = readCount(v)
	case AttrCacheCreationTokens, AttrCacheWriteInputTokens:
		u.CacheWrite = readCount(v)
	case AttrReasoningOutputTokens:
		u.Reasoning = readCount(v)
	case AttrAudioInputTokens:
		u.AudioInput = readCount(v)
	case AttrAudioOutputTokens:
		u.AudioOutput = readCount(v)
	case AttrImageInputTokens:
		u.ImageInput = readCount(v)
	case AttrImageOutputTokens:
		u.ImageOutput = readCount(v)
	case AttrAudioCacheReadTokens:
		u.AudioCacheRead = readCount(v)
	default:
		return false
	}
	return true
}

func readConvention(c *Call, name string, v pcommon.Value) bool {
	switch name {
	case AttrOperationName:
		if !isModelCall(Operation(v.Str())) {
			return false
		}
		c.Operation = Operation(v.Str())
	case AttrProviderName:
		c.Provider = v.Str()
	case AttrConversationID:
		c.ConversationID = v.Str()
	case AttrRequestModel:
		c.RequestModel = v.Str()
	case AttrRequestStream:
		c.Stream = v.Bool()
	case AttrResponseID:
		c.ResponseID = v.Str()
	case AttrResponseModel:
		c.ResponseModel = v.Str()
	case AttrResponseFinishReasons:
		c.FinishReasons = readReasons(v)
	case AttrTimeToFirstChunk:
		c.TimeToFirstChunk = readSeconds(v)
	case AttrPreviousResponseID:
		c.PreviousResponseID = v.Str()
	default:
		return false
	}
	return true
}

func readCommon(c *Call, name string, v pcommon.Value) bool {
	switch name {
	case AttrErrorType:
		c.ErrorType = v.Str()
	case AttrServerAddress:
		c.ServerAddress = v.Str()
	case AttrServerPort:
		c.ServerPort = int(v.Int())
	case AttrHTTPStatus:
		c.HTTPStatus = int(v.Int())
	case AttrOpenAIAPIType:
		c.APIType = v.Str()
	case AttrSystemFingerprint:
		c.SystemFingerprint = v.Str()
	case AttrServiceTier:
		c.ServiceTier = v.Str()
	case AttrUserID:
		c.Caller.UserID = v.Str()
	case AttrEnvironment:
		c.Caller.Environment = v.Str()
	default:
		return false
	}
	return true
}

func readOwn(c *Call, name string, v pcommon.Value) {
	switch name {
	case AttrTeam:
		c.Caller.Team = v.Str()
	case AttrApp:
		c.Caller.App = v.Str()
	case AttrKeyHash:
		c.Caller.KeyHash = v.Str()
	case AttrUpstream:
		c.Upstream = v.Str()
	case AttrServerVersion:
		c.ServerVersion = v.Str()
	case AttrOutcome:
		c.Outcome = Outcome(v.Str())
	case AttrUsageSource:
		c.Usage.Source = UsageSource(v.Str())
	case AttrCacheWriteLongTokens:
		c.Usage.CacheWriteLong = readCount(v)
	case AttrAudioTime:
		c.Usage.AudioTime = readSeconds(v)
	case AttrCostUSD:
		c.Cost.Amount, c.Cost.Known = readUSD(v)
	case AttrCostSource:
		c.Cost.Source = v.Str()
	case AttrPriceVersion:
		c.Cost.PriceVersion = v.Str()
	case AttrDerivedConversationID:
		c.DerivedConversationID = v.Str()
	case AttrConversationTurn:
		c.ConversationTurn = int(v.Int())
	case AttrHistoryTokens:
		c.HistoryTokens = readCount(v)
	case AttrHistory:
		c.History = readHistory(v)
	default:
		readOwnMeasures(c, name, v)
	}
}

func readOwnMeasures(c *Call, name string, v pcommon.Value) {
	switch name {
	case AttrMaxGap:
		c.MaxGap = readSeconds(v)
	case AttrChunks:
		c.Chunks = int(v.Int())
	case AttrTapOverhead:
		c.TapOverhead = readSeconds(v)
	case AttrToolsOffered:
		c.ToolsOffered = int(v.Int())
	case AttrToolCalls:
		c.ToolCalls = int(v.Int())
	case AttrToolNames:
		c.ToolNames = readStrings(v)
	case AttrInputImages:
		c.InputImages = int(v.Int())
	case AttrInputAudios:
		c.InputAudios = int(v.Int())
	case AttrInputFiles:
		c.InputFiles = int(v.Int())
	case AttrResponseFormat:
		c.ResponseFormat = v.Str()
	case AttrPromptHash:
		c.PromptHash = readHash(v)
	case AttrPromptVersion:
		c.PromptVersion = readHash(v)
	case AttrToolCallHash:
		c.ToolCallHash = readHash(v)
	case AttrTurn:
		c.Turn = int(v.Int())
	case AttrRetry:
		c.Retry = int(v.Int())
	case AttrTicket:
		c.Ticket = v.Int()
	case AttrRequestBytes:
		c.RequestBytes = v.Int()
	case AttrResponseBytes:
		c.ResponseBytes = v.Int()
	case AttrRequestTruncated:
		c.RequestTruncated = v.Bool()
	case AttrResponseTruncated:
		c.ResponseTruncated = v.Bool()
	default:
		readOwnServer(c, name, v)
	}
}

func readOwnServer(c *Call, name string, v pcommon.Value) {
	switch name {
	case AttrClientRequestID:
		c.ClientRequestID = v.Str()
	case AttrServerRequestID:
		c.ServerRequestID = v.Str()
	case AttrRetryAfter:
		c.RetryAfter = readSeconds(v)
	case AttrContextLimit:
		c.ContextLimit = readCount(v)
	case AttrContextTokens:
		c.ContextTokens = readCount(v)
	default:
		if rest, ok := strings.CutPrefix(name, AttrRateLimitPrefix); ok {
			readRateLimit(c, rest, v)
			return
		}
		readOwnDetails(c, name, v)
	}
}

func readRateLimit(c *Call, name string, v pcommon.Value) {
	kind, member, _ := strings.Cut(name, ".")
	i := slices.IndexFunc(c.RateLimits, func(l RateLimit) bool { return l.Kind == kind })
	if i < 0 {
		i = len(c.RateLimits)
		c.RateLimits = append(c.RateLimits, RateLimit{Kind: kind})
	}
	switch member {
	case "limit":
		c.RateLimits[i].Limit = readCount(v)
	case "remaining":
		c.RateLimits[i].Remaining = readCount(v)
	case "reset":
		c.RateLimits[i].Reset = readSeconds(v)
	}
}

func readOwnDetails(c *Call, name string, v pcommon.Value) {
	switch name {
	case AttrFidelityApplicable:
		c.Fidelity.Applicable = readStrings(v)
	case AttrFidelityFailed:
		c.Fidelity.Failed = readStrings(v)
	case AttrFidelitySuspected:
		c.Fidelity.Suspected = readStrings(v)
	case AttrFidelityUndecidable:
		c.Fidelity.Undecidable = readStrings(v)
	case AttrFidelityNoted:
		c.Fidelity.Noted = readStrings(v)
	case AttrFidelityEvidence:
		c.Fidelity.Evidence = readStrings(v)
	case AttrRequestBody:
		content(c).Request = v.Str()
	case AttrResponseBody:
		content(c).Response = v.Str()
	default:
		readCaller(&c.Caller, name, v)
	}
}

func readCaller(caller *Caller, name string, v pcommon.Value) {
	if label, ok := strings.CutPrefix(name, AttrLabelPrefix); ok {
		putString(&caller.Labels, label, v.AsString())
	} else if strings.HasPrefix(name, AttrCallerHeaderPrefix) || strings.HasPrefix(name, AttrCallerBodyPrefix) {
		putString(&caller.Hints, name, v.AsString())
	}
}

func putString(m *map[string]string, key, value string) {
	if *m == nil {
		*m = make(map[string]string)
	}
	(*m)[key] = value
}

func content(c *Call) *Content {
	if c.Content == nil {
		c.Content = &Content{}
	}
	return c.Content
}

// readCount takes a negative number, which no count can be, for unknown.
func readCount(v pcommon.Value) Count {
	var n int64
	switch v.Type() {
	case pcommon.ValueTypeInt:
		n = v.Int()
	case pcommon.ValueTypeDouble:
		if math.IsNaN(v.Double()) || math.Abs(v.Double()) > 1<<53 {
			return Count{}
		}
		n = int64(v.Double())
	default:
		return Count{}
	}
	if n < 0 {
		return Count{}
	}
	return Known(n)
}

func readFloat(v pcommon.Value) float64 {
	if v.Type() == pcommon.ValueTypeInt {
		return float64(v.Int())
	}
	return v.Double()
}

// usdMax is the largest amount, in dollars, that a float carries to the last nano-dollar.
const usdMax = 1 << 52 / 1e9

// readUSD takes what can be no cost (a negative or huge number, NaN, text) for unknown.
func readUSD(v pcommon.Value) (NanoUSD, bool) {
	usd := readFloat(v)
	if !(usd >= 0 && usd <= usdMax) || v.Type() != pcommon.ValueTypeDouble && v.Type() != pcommon.ValueTypeInt {
		return 0, false
	}
	return NanoUSDFrom(usd), true
}

// readSeconds takes what can be no duration (a negative or huge number, NaN, text) for absent.
func readSeconds(v pcommon.Value) time.Duration {
	seconds := readFloat(v)
	if !(seconds >= 0 && seconds <= math.MaxInt64/float64(time.Second)/2) {
		return 0
	}
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

// readFlag takes text for a flag too, as LiteLLM sends it.
func readFlag(v pcommon.Value) bool { return v.AsString() == "true" || v.AsString() == "True" }

func readHash(v pcommon.Value) uint64 {
	n, _ := strconv.ParseUint(v.Str(), 16, 64) // what is no hash is none
	return n
}

// readReasons takes a list as JSON or with commas too, as LiteLLM and LangSmith send it, and the AI SDK's spelling.
func readReasons(v pcommon.Value) []string {
	reasons := readStrings(v)
	if v.Type() == pcommon.ValueTypeStr {
		reasons = splitReasons(v.Str())
	}
	for i, reason := range reasons {
		switch reason {
		case "tool-calls", "content-filter":
			reasons[i] = strings.ReplaceAll(reason, "-", "_")
		}
	}
	return reasons
}

func splitReasons(text string) (reasons []string) {
	if json.Unmarshal([]byte(text), &reasons) != nil {
		reasons = strings.Split(text, ", ")
	}
	return reasons
}

func readStrings(v pcommon.Value) []string {
	if v.Type() == pcommon.ValueTypeStr {
		return []string{v.Str()}
	}
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	values := make([]string, 0, v.Slice().Len())
	for _, item := range v.Slice().All() {
		values = append(values, item.AsString())
	}
	return values
}
