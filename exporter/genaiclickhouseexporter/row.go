package genaiclickhouseexporter

import (
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/llmtap/llmtap/internal/genai"
)

// Row is one call as the table calls has it, or with Unrecorded a row of the table unrecorded. Texts share memory with the
// span it was made from, lists are those of its gathered.
type Row struct {
	Time         time.Time
	CallID       uuid.UUID
	BatchID      uint64
	TraceID      pcommon.TraceID
	SpanID       pcommon.SpanID
	ParentSpanID pcommon.SpanID

	// ConversationID is the one given, else the one derived from the history, which ConversationDerived tells.
	ConversationID      string
	ConversationDerived bool
	ConversationTurn    uint16
	HistoryTokens       tokens

	UserID, Team, App, Environment, KeyHash string
	Labels                                  map[string]string

	Operation, Provider, APIType, Upstream string
	ServerAddress                          string
	ServerPort                             uint16
	ServerVersion                          string
	ModelRequested                         string
	// Model is the answering model, or the requested one where no answer named it.
	Model  string
	Stream bool

	HTTPStatus    uint16
	Outcome       int8
	ErrorType     string
	FinishReasons []string

	DurationUS, TTFCUS, MaxGapUS, TapOverheadUS uint64
	Chunks                                      uint32

	InputTokens, OutputTokens, CacheReadTokens, CacheWriteTokens, ReasoningTokens        tokens
	AudioInputTokens, AudioOutputTokens, ImageInputTokens, ImageOutputTokens             tokens
	CacheWriteLongTokens, AudioCacheReadTokens                                           tokens
	AudioInputUS                                                                         uint64
	UsageSource                                                                          int8
	Cost                                                                                 money
	CostSource, PriceVersion                                                             string
	ToolsOffered, ToolCalls                                                              uint16
	ToolNames                                                                            []string
	InputImages, InputAudios, InputFiles                                                 uint16
	ResponseFormat, PreviousResponseID, ResponseID, SystemFingerprint, ServiceTier       string
	FidelityApplicable, FidelityFailed, FidelitySuspected, FidelityUndecidable, Evidence []string
	PromptHash, PromptVersion, ToolCallHash                                              uint64
	Turn, Retry                                                                          uint16
	RequestBytes, ResponseBytes                                                          uint64
	RequestTruncated, ResponseTruncated                                                  bool

	// Request and Response are the bodies, for the table content, where HasContent.
	HasContent        bool
	Request, Response string
	// ContentCut tells that a body here is shorter than it was.
	ContentCut bool
	// Doubtful tells that another batch may have stored the call.
	Doubtful bool
	// Unrecorded is nil for a call. Else Time, CallID and Upstream are of what tells of unrecorded calls.
	Unrecorded *genai.Unrecorded
	// Cut counts the values that a limit shortened.
	Cut int
}

// tokens is a count that may be unknown.
type tokens struct {
	n     uint32
	known bool
}

func (t *tokens) orNil() *uint32 {
	if !t.known {
		return nil
	}
	return &t.n
}

// money is an amount that may be unknown, and always fits a Decimal(18, 9).
type money struct {
	nanoUSD int64
	known   bool
}

// nanoUSDMax is the largest amount that a Decimal(18, 9) holds, in 1e-9 dollars.
const nanoUSDMax = 999_999_999_999_999_999

// put makes r the row of a call. What no limit or type of the table can hold is cut, saturated, or unknown.
func (r *Row) put(c *genai.Call, l *limiter) {
	before := l.cut
	*r = Row{
		Time: l.time(c.Start), CallID: c.ID(), TraceID: c.TraceID, SpanID: c.SpanID, ParentSpanID: c.ParentSpanID,
		DurationUS: micros(c.Duration), TTFCUS: micros(c.TimeToFirstChunk), MaxGapUS: micros(c.MaxGap),
		TapOverheadUS: micros(c.TapOverhead), Chunks: narrow[uint32](c.Chunks),
		Stream: c.Stream, HTTPStatus: narrow[uint16](c.HTTPStatus), Outcome: outcomeOf(c), UsageSource: usageSourceOf(&c.Usage),
		InputTokens: tokensOf(c.Usage.Input), OutputTokens: tokensOf(c.Usage.Output),
		CacheReadTokens: tokensOf(c.Usage.CacheRead), CacheWriteTokens: tokensOf(c.Usage.CacheWrite),
		ReasoningTokens: tokensOf(c.Usage.Reasoning), AudioInputTokens: tokensOf(c.Usage.AudioInput),
		AudioOutputTokens: tokensOf(c.Usage.AudioOutput), ImageInputTokens: tokensOf(c.Usage.ImageInput),
		ImageOutputTokens: tokensOf(c.Usage.ImageOutput), HistoryTokens: tokensOf(c.HistoryTokens),
		CacheWriteLongTokens: tokensOf(c.Usage.CacheWriteLong), AudioCacheReadTokens: tokensOf(c.Usage.AudioCacheRead),
		AudioInputUS:     micros(c.Usage.AudioTime),
		ConversationTurn: narrow[uint16](c.ConversationTurn), Cost: moneyOf(c.Cost),
		ServerPort: narrow[uint16](c.ServerPort), ToolsOffered: narrow[uint16](c.ToolsOffered), ToolCalls: narrow[uint16](c.ToolCalls),
		InputImages: narrow[uint16](c.InputImages), InputAudios: narrow[uint16](c.InputAudios), InputFiles: narrow[uint16](c.InputFiles),
		PromptHash: c.PromptHash, PromptVersion: c.PromptVersion, ToolCallHash: c.ToolCallHash,
		Turn: narrow[uint16](c.Turn), Retry: narrow[uint16](c.Retry),
		RequestBytes: uint64(max(c.RequestBytes, 0)), ResponseBytes: uint64(max(c.ResponseBytes, 0)),
		RequestTruncated: c.RequestTruncated, ResponseTruncated: c.ResponseTruncated,
	}
	r.putTexts(c, l)
	r.putLists(c, l)
	r.putContent(c, l)
	r.Cut = l.cut - before
}

// putUnrecorded makes r the row of a span that tells of unrecorded calls.
func (r *Row) putUnrecorded(u genai.Unrecorded, id uuid.UUID, l *limiter) {
	before := l.cut
	u.First, u.Reason = l.time(u.First), l.text(u.Reason)
	*r = Row{Time: l.time(u.Last), CallID: id, Upstream: l.text(u.Upstream), Unrecorded: &u}
	r.Cut = l.cut - before
}

func (r *Row) putTexts(c *genai.Call, l *limiter) {
	r.ConversationID = l.text(c.ConversationID)
	if r.ConversationID == "" && c.DerivedConversationID != "" {
		r.ConversationID, r.ConversationDerived = l.text(c.DerivedConversationID), true
	}
	r.UserID, r.Team, r.App = l.text(c.Caller.UserID), l.text(c.Caller.Team), l.text(c.Caller.App)
	r.Environment, r.KeyHash = l.text(c.Caller.Environment), l.text(c.Caller.KeyHash)
	r.Operation, r.Provider, r.APIType = l.text(string(c.Operation)), l.text(c.Provider), l.text(c.APIType)
	r.Upstream, r.ServerAddress, r.ServerVersion = l.text(c.Upstream), l.text(c.ServerAddress), l.text(c.ServerVersion)
	r.ModelRequested, r.Model = l.text(c.RequestModel), l.text(c.ResponseModel)
	if r.Model == "" {
		r.Model = r.ModelRequested
	}
	r.ErrorType = l.text(c.ErrorType)
	r.CostSource, r.PriceVersion = l.text(c.Cost.Source), l.text(c.Cost.PriceVersion)
	r.ResponseFormat, r.PreviousResponseID, r.ResponseID = l.text(c.ResponseFormat), l.text(c.PreviousResponseID), l.text(c.ResponseID)
	r.SystemFingerprint, r.ServiceTier = l.text(c.SystemFingerprint), l.text(c.ServiceTier)
}

func (r *Row) putLists(c *genai.Call, l *limiter) {
	r.Labels = l.labels(c.Caller.Labels)
	r.FinishReasons, r.ToolNames = l.list(c.FinishReasons), l.list(c.ToolNames)
	r.FidelityApplicable, r.FidelityFailed = l.checks(&c.Fidelity), l.list(c.Fidelity.Failed)
	r.FidelitySuspected, r.FidelityUndecidable = l.list(c.Fidelity.Suspected), l.list(c.Fidelity.Undecidable)
	r.Evidence = l.list(c.Fidelity.Evidence)
}

func (r *Row) putContent(c *genai.Call, l *limiter) {
	if c.Content == nil {
		return
	}
	before := l.cut
	r.HasContent = true
	r.Request, r.Response = l.body(c.Content.Request), l.body(c.Content.Response)
	r.ContentCut = l.cut > before || c.RequestTruncated || c.ResponseTruncated
}

// tokensOf takes a count that no model can reach for unknown, rather than for the largest that fits.
func tokensOf(count genai.Count) tokens {
	if !count.Known || count.N < 0 || count.N > genai.TokensMax {
		return tokens{}
	}
	return tokens{uint32(count.N), true}
}

func moneyOf(cost genai.Cost) money {
	if !cost.Known || cost.Amount > nanoUSDMax || cost.Amount < -nanoUSDMax {
		return money{}
	}
	return money{int64(cost.Amount), true}
}

func micros(d time.Duration) uint64 { return uint64(max(d, 0).Microseconds()) }

// narrow saturates.
func narrow[T uint16 | uint32](n int) T { return T(min(max(n, 0), int(^T(0)))) }
