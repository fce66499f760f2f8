package genai

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// field is a part of a Call that has an attribute of its own. A part that is empty or unknown has none.
type field struct {
	name string
	put  func(attributes, *Call)
	read func(*Call, pcommon.Value)
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
		{
			AttrResponseFinishReasons,
			func(w attributes, c *Call) { w.strs(AttrResponseFinishReasons, c.FinishReasons) },
			func(c *Call, v pcommon.Value) { c.FinishReasons = readReasons(c, v) },
		},
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
		text(AttrUsageSource, func(c *Call) *UsageSource { return &c.Usage.Source }),
	}
	requestFields = []field{
		number(AttrToolsOffered, func(c *Call) *int { return &c.ToolsOffered }),
		number(AttrToolCalls, func(c *Call) *int { return &c.ToolCalls }),
		list(AttrToolNames, func(c *Call) *[]string { return &c.ToolNames }),
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
		{AttrFidelityApplicable, putApplicable, readApplicable},
		list(AttrFidelityFailed, func(c *Call) *[]string { return &c.Fidelity.Failed }),
		list(AttrFidelitySuspected, func(c *Call) *[]string { return &c.Fidelity.Suspected }),
		list(AttrFidelityUndecidable, func(c *Call) *[]string { return &c.Fidelity.Undecidable }),
		list(AttrFidelityNoted, func(c *Call) *[]string { return &c.Fidelity.Noted }),
		list(AttrFidelityEvidence, func(c *Call) *[]string { return &c.Fidelity.Evidence }),
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
		{AttrCostUSD, putUSD, readUSD},
		text(AttrCostSource, func(c *Call) *string { return &c.Cost.Source }),
		text(AttrPriceVersion, func(c *Call) *string { return &c.Cost.PriceVersion }),
	}
	// readOnlyFields are those that are written in another way.
	readOnlyFields = []field{
		count(AttrCacheWriteInputTokens, func(c *Call) *Count { return &c.Usage.CacheWrite }),
		text(AttrRequestBody, func(c *Call) *string { return &content(c).Request }),
		text(AttrResponseBody, func(c *Call) *string { return &content(c).Response }),
		{AttrHistory, nil, func(c *Call, v pcommon.Value) { c.History = readHistory(c, v) }},
	}
)

// reader reads one attribute. The readers are numbered from 1 on.
type reader struct {
	number int
	name   string
	// read is that of a field, other that of a name of other dialects: there is one of them. Such a name mostly tells that a span is of
	// a dialect.
	read  func(*Call, pcommon.Value)
	other func(*foreign, pcommon.Value)
	tells bool
	// accounting tells that the field is of accountingFields.
	accounting bool
}

var readers = func() map[string]*reader {
	all := make(map[string]*reader)
	add := func(r reader) {
		r.number = len(all) + 1
		all[r.name] = &r
	}
	for _, fields := range [][]field{
		whatFields, outcomeFields, usageFields, requestFields, fidelityFields, accountingFields, readOnlyFields,
	} {
		for _, f := range fields {
			add(reader{name: f.name, read: f.read})
		}
	}
	for _, f := range accountingFields {
		all[f.name].accounting = true
	}
	for name, others := range otherNames {
		read := all[name].read
		for _, other := range others {
			add(reader{name: other, other: func(f *foreign, v pcommon.Value) { read(&f.call, v) }, tells: true})
		}
	}
	for _, name := range totalNames {
		add(reader{name: name, other: func(f *foreign, v pcommon.Value) { f.total = readCount(v) }, tells: true})
	}
	for _, names := range dialects {
		for name, other := range names {
			add(reader{name: name, other: other, tells: true})
		}
	}
	for name, other := range commonNames {
		add(reader{name: name, other: other})
	}
	return all
}()

func text[T ~string](name string, of func(*Call) *T) field {
	return field{
		name,
		func(w attributes, c *Call) { w.str(name, string(*of(c))) },
		func(c *Call, v pcommon.Value) { *of(c) = T(v.Str()) },
	}
}

func number[T int | int64](name string, of func(*Call) *T) field {
	return field{
		name,
		func(w attributes, c *Call) { w.num(name, int64(*of(c))) },
		func(c *Call, v pcommon.Value) { *of(c) = T(v.Int()) },
	}
}

func flag(name string, of func(*Call) *bool) field {
	return field{
		name,
		func(w attributes, c *Call) { w.flag(name, *of(c)) },
		func(c *Call, v pcommon.Value) { *of(c) = readFlag(v) },
	}
}

func count(name string, of func(*Call) *Count) field {
	return field{
		name,
		func(w attributes, c *Call) { w.count(name, *of(c)) },
		func(c *Call, v pcommon.Value) { *of(c) = readCount(v) },
	}
}

func seconds(name string, of func(*Call) *time.Duration) field {
	return field{
		name,
		func(w attributes, c *Call) { w.seconds(name, *of(c)) },
		func(c *Call, v pcommon.Value) { *of(c) = readSeconds(v) },
	}
}

func hash64(name string, of func(*Call) *uint64) field {
	return field{
		name,
		func(w attributes, c *Call) { w.hash(name, *of(c)) },
		func(c *Call, v pcommon.Value) { *of(c) = readHash(v) },
	}
}

func list(name string, of func(*Call) *[]string) field {
	return field{
		name,
		func(w attributes, c *Call) { w.strs(name, *of(c)) },
		func(c *Call, v pcommon.Value) { *of(c) = readStrings(c, v) },
	}
}
