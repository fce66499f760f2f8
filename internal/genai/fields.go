package genai

import (
	"cmp"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// field is a part of a Call that has an attribute of its own. A part that is empty or unknown has none.
type field struct {
	name string
	put  func(attributes, *Call)
	read func(*Call, pcommon.Value)
	// fill takes the part from another call where the first has none.
	fill func(c, from *Call)
}

// The fields by what they tell; see names.go.
var (
	whatFields = []field{
		text(AttrOperationName, func(c *Call) *Operation { return &c.Operation }),
		text(AttrProviderName, func(c *Call) *string { return &c.Provider }),
		text(AttrOpenAIAPIType, func(c *Call) *string { return &c.APIType }),
		text(AttrUpstream, func(c *Call) *string { return &c.Upstream }),
		text(AttrServerAddress, func(c *Call) *string { return &c.ServerAddress }),
		number(AttrServerPort, func(c *Call) *int { return &c.ServerPort }),
		text(AttrServerVersion, func(c *Call) *string { return &c.ServerVersion }),
		text(AttrRequestModel, func(c *Call) *string { return &c.RequestModel }),
		text(AttrResponseModel, func(c *Call) *string { return &c.ResponseModel }),
		flag(AttrRequestStream, func(c *Call) *bool { return &c.Stream }),
		text(AttrResponseID, func(c *Call) *string { return &c.ResponseID }),
		text(AttrPreviousResponseID, func(c *Call) *string { return &c.PreviousResponseID }),
		text(AttrSystemFingerprint, func(c *Call) *string { return &c.SystemFingerprint }),
		text(AttrServiceTier, func(c *Call) *string { return &c.ServiceTier }),
		text(AttrKeyHash, func(c *Call) *string { return &c.Caller.KeyHash }),
	}
	outcomeFields = []field{
		number(AttrHTTPStatus, func(c *Call) *int { return &c.HTTPStatus }),
		text(AttrOutcome, func(c *Call) *Outcome { return &c.Outcome }),
		text(AttrErrorType, func(c *Call) *string { return &c.ErrorType }),
		list(AttrResponseFinishReasons, func(c *Call) *[]string { return &c.FinishReasons }, readReasons),
		seconds(AttrTimeToFirstChunk, func(c *Call) *time.Duration { return &c.TimeToFirstChunk }),
		seconds(AttrMaxGap, func(c *Call) *time.Duration { return &c.MaxGap }),
		number(AttrChunks, func(c *Call) *int { return &c.Chunks }),
		seconds(AttrTapOverhead, func(c *Call) *time.Duration { return &c.TapOverhead }),
		number(AttrRequestBytes, func(c *Call) *int64 { return &c.RequestBytes }),
		number(AttrResponseBytes, func(c *Call) *int64 { return &c.ResponseBytes }),
		flag(AttrRequestTruncated, func(c *Call) *bool { return &c.RequestTruncated }),
		flag(AttrResponseTruncated, func(c *Call) *bool { return &c.ResponseTruncated }),
		number(AttrRetry, func(c *Call) *int { return &c.Retry }),
		text(AttrClientRequestID, func(c *Call) *string { return &c.ClientRequestID }),
		text(AttrServerRequestID, func(c *Call) *string { return &c.ServerRequestID }),
		seconds(AttrRetryAfter, func(c *Call) *time.Duration { return &c.RetryAfter }),
		count(AttrContextLimit, func(c *Call) *Count { return &c.ContextLimit }),
		count(AttrContextTokens, func(c *Call) *Count { return &c.ContextTokens }),
		number(AttrTicket, func(c *Call) *int64 { return &c.Ticket }),
	}
	usageFields = []field{
		count(AttrInputTokens, func(c *Call) *Count { return &c.Usage.Input }),
		count(AttrOutputTokens, func(c *Call) *Count { return &c.Usage.Output }),
		count(AttrCacheReadInputTokens, func(c *Call) *Count { return &c.Usage.CacheRead }),
		count(AttrCacheCreationTokens, func(c *Call) *Count { return &c.Usage.CacheWrite }),
		count(AttrReasoningOutputTokens, func(c *Call) *Count { return &c.Usage.Reasoning }),
		count(AttrAudioInputTokens, func(c *Call) *Count { return &c.Usage.AudioInput }),
		count(AttrAudioOutputTokens, func(c *Call) *Count { return &c.Usage.AudioOutput }),
		count(AttrImageInputTokens, func(c *Call) *Count { return &c.Usage.ImageInput }),
		count(AttrImageOutputTokens, func(c *Call) *Count { return &c.Usage.ImageOutput }),
		count(AttrAudioCacheReadTokens, func(c *Call) *Count { return &c.Usage.AudioCacheRead }),
		count(AttrCacheWriteLongTokens, func(c *Call) *Count { return &c.Usage.CacheWriteLong }),
		seconds(AttrAudioTime, func(c *Call) *time.Duration { return &c.Usage.AudioTime }),
		flag(AttrHostedTools, func(c *Call) *bool { return &c.Usage.HostedTools }),
		text(AttrUsageSource, func(c *Call) *UsageSource { return &c.Usage.Source }),
	}
	requestFields = []field{
		number(AttrToolsOffered, func(c *Call) *int { return &c.ToolsOffered }),
		number(AttrToolCalls, func(c *Call) *int { return &c.ToolCalls }),
		list(AttrToolNames, func(c *Call) *[]string { return &c.ToolNames }, readStrings),
		number(AttrInputImages, func(c *Call) *int { return &c.InputImages }),
		number(AttrInputAudios, func(c *Call) *int { return &c.InputAudios }),
		number(AttrInputFiles, func(c *Call) *int { return &c.InputFiles }),
		text(AttrResponseFormat, func(c *Call) *string { return &c.ResponseFormat }),
		hash64(AttrPromptHash, func(c *Call) *uint64 { return &c.PromptHash }),
		hash64(AttrPromptVersion, func(c *Call) *uint64 { return &c.PromptVersion }),
		hash64(AttrToolCallHash, func(c *Call) *uint64 { return &c.ToolCallHash }),
		number(AttrTurn, func(c *Call) *int { return &c.Turn }),
	}
	fidelityFields = []field{
		{name: AttrFidelityApplicable, put: putApplicable, read: readApplicable},
		list(AttrFidelityFailed, func(c *Call) *[]string { return &c.Fidelity.Failed }, readStrings),
		list(AttrFidelitySuspected, func(c *Call) *[]string { return &c.Fidelity.Suspected }, readStrings),
		list(AttrFidelityUndecidable, func(c *Call) *[]string { return &c.Fidelity.Undecidable }, readStrings),
		list(AttrFidelityNoted, func(c *Call) *[]string { return &c.Fidelity.Noted }, readStrings),
		list(AttrFidelityEvidence, func(c *Call) *[]string { return &c.Fidelity.Evidence }, readStrings),
	}
	accountingFields = []field{
		text(AttrUserID, func(c *Call) *string { return &c.Caller.UserID }),
		text(AttrTeam, func(c *Call) *string { return &c.Caller.Team }),
		text(AttrApp, func(c *Call) *string { return &c.Caller.App }),
		text(AttrEnvironment, func(c *Call) *string { return &c.Caller.Environment }),
		text(AttrConversationID, func(c *Call) *string { return &c.ConversationID }),
		text(AttrDerivedConversationID, func(c *Call) *string { return &c.DerivedConversationID }),
		number(AttrConversationTurn, func(c *Call) *int { return &c.ConversationTurn }),
		count(AttrHistoryTokens, func(c *Call) *Count { return &c.HistoryTokens }),
		{name: AttrCostUSD, put: putUSD, read: readUSD},
		text(AttrCostSource, func(c *Call) *string { return &c.Cost.Source }),
		text(AttrPriceVersion, func(c *Call) *string { return &c.Cost.PriceVersion }),
	}
	// readOnlyFields are those that are written in another way.
	readOnlyFields = []field{
		count(AttrCacheWriteInputTokens, func(c *Call) *Count { return &c.Usage.CacheWrite }),
		text(AttrRequestBody, func(c *Call) *string { return &content(c).Request }),
		text(AttrResponseBody, func(c *Call) *string { return &content(c).Response }),
		{name: AttrHistory, read: func(c *Call, v pcommon.Value) { c.History = readHistory(c, v) }},
	}
)

// fieldOf makes a field of a part of a Call, and of how such a part is put and read.
func fieldOf[T comparable](name string, of func(*Call) *T, put func(attributes, string, T), read func(pcommon.Value) T) field {
	return field{
		name: name,
		put:  func(w attributes, c *Call) { put(w, name, *of(c)) },
		read: func(c *Call, v pcommon.Value) { *of(c) = read(v) },
		fill: func(c, from *Call) {
			if told := *of(from); told != *new(T) { // as hardly any is
				*of(c) = cmp.Or(*of(c), told)
			}
		},
	}
}

func text[T ~string](name string, of func(*Call) *T) field {
	return fieldOf(name, of,
		func(w attributes, name string, value T) { w.str(name, string(value)) },
		func(v pcommon.Value) T { return T(v.Str()) })
}

func number[T int | int64](name string, of func(*Call) *T) field {
	return fieldOf(name, of,
		func(w attributes, name string, value T) { w.num(name, int64(value)) },
		func(v pcommon.Value) T { return T(v.Int()) })
}

func flag(name string, of func(*Call) *bool) field {
	return fieldOf(name, of, attributes.flag, readFlag)
}

func count(name string, of func(*Call) *Count) field {
	return fieldOf(name, of, attributes.count, readCount)
}

func seconds(name string, of func(*Call) *time.Duration) field {
	return fieldOf(name, of, attributes.seconds, readSeconds)
}

func hash64(name string, of func(*Call) *uint64) field {
	return fieldOf(name, of, attributes.hash, readHash)
}

// list is a field of a list, which read may read in more forms than it is put.
func list(name string, of func(*Call) *[]string, read func(*Call, pcommon.Value) []string) field {
	return field{
		name: name,
		put:  func(w attributes, c *Call) { w.strs(name, *of(c)) },
		read: func(c *Call, v pcommon.Value) { *of(c) = read(c, v) },
		fill: func(c, from *Call) {
			if len(*of(c)) == 0 {
				*of(c) = *of(from)
			}
		},
	}
}
