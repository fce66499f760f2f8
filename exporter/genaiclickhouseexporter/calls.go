package genaiclickhouseexporter

import (
	"encoding/hex"
	"time"

	"github.com/google/uuid"
)

// callsTable has each column of the table calls that an insert fills; inserted_at is the server's.
var callsTable = table{"calls", []column{
	instant("ts", func(r *Row) time.Time { return r.Time }),
	identity("call_id", func(r *Row) uuid.UUID { return r.CallID }),
	count64("batch_id", func(r *Row) uint64 { return r.BatchID }),
	hexText("trace_id", func(b []byte, r *Row) []byte { return hex.AppendEncode(b, r.TraceID[:]) }),
	hexText("span_id", func(b []byte, r *Row) []byte { return hex.AppendEncode(b, r.SpanID[:]) }),
	hexText("parent_span_id", appendParent),
	text("conversation_id", func(r *Row) string { return r.ConversationID }),
	boolean("conversation_derived", func(r *Row) bool { return r.ConversationDerived }),
	count16("conversation_turn", func(r *Row) uint16 { return r.ConversationTurn }),
	tokenCount("history_tokens", func(r *Row) *tokens { return &r.HistoryTokens }),

	text("user_id", func(r *Row) string { return r.UserID }),
	lowCardinality("team", func(r *Row) string { return r.Team }),
	lowCardinality("app", func(r *Row) string { return r.App }),
	lowCardinality("environment", func(r *Row) string { return r.Environment }),
	text("key_hash", func(r *Row) string { return r.KeyHash }),
	labels("labels", func(r *Row) map[string]string { return r.Labels }),

	lowCardinality("operation", func(r *Row) string { return r.Operation }),
	lowCardinality("provider", func(r *Row) string { return r.Provider }),
	lowCardinality("api_type", func(r *Row) string { return r.APIType }),
	lowCardinality("upstream", func(r *Row) string { return r.Upstream }),
	lowCardinality("server_address", func(r *Row) string { return r.ServerAddress }),
	count16("server_port", func(r *Row) uint16 { return r.ServerPort }),
	lowCardinality("server_version", func(r *Row) string { return r.ServerVersion }),
	lowCardinality("model_requested", func(r *Row) string { return r.ModelRequested }),
	lowCardinality("model", func(r *Row) string { return r.Model }),
	boolean("stream", func(r *Row) bool { return r.Stream }),

	count16("http_status", func(r *Row) uint16 { return r.HTTPStatus }),
	enumerated("outcome", outcomes.typeName(), func(r *Row) int8 { return r.Outcome }),
	lowCardinality("error_type", func(r *Row) string { return r.ErrorType }),
	texts("finish_reasons", func(r *Row) []string { return r.FinishReasons }),

	count64("duration_us", func(r *Row) uint64 { return r.DurationUS }),
	count64("ttfc_us", func(r *Row) uint64 { return r.TTFCUS }),
	count64("max_gap_us", func(r *Row) uint64 { return r.MaxGapUS }),
	count64("tap_overhead_us", func(r *Row) uint64 { return r.TapOverheadUS }),
	count32("chunks", func(r *Row) uint32 { return r.Chunks }),

	tokenCount("input_tokens", func(r *Row) *tokens { return &r.InputTokens }),
	tokenCount("output_tokens", func(r *Row) *tokens { return &r.OutputTokens }),
	tokenCount("cache_read_tokens", func(r *Row) *tokens { return &r.CacheReadTokens }),
	tokenCount("cache_write_tokens", func(r *Row) *tokens { return &r.CacheWriteTokens }),
	tokenCount("reasoning_tokens", func(r *Row) *tokens { return &r.ReasoningTokens }),
	tokenCount("audio_input_tokens", func(r *Row) *tokens { return &r.AudioInputTokens }),
	tokenCount("audio_output_tokens", func(r *Row) *tokens { return &r.AudioOutputTokens }),
	tokenCount("image_input_tokens", func(r *Row) *tokens { return &r.ImageInputTokens }),
	tokenCount("image_output_tokens", func(r *Row) *tokens { return &r.ImageOutputTokens }),
	tokenCount("cache_write_1h_tokens", func(r *Row) *tokens { return &r.CacheWriteLongTokens }),
	tokenCount("audio_cache_read_tokens", func(r *Row) *tokens { return &r.AudioCacheReadTokens }),
	count64("audio_input_us", func(r *Row) uint64 { return r.AudioInputUS }),
	enumerated("usage_source", usageSources.typeName(), func(r *Row) int8 { return r.UsageSource }),

	amount("cost_usd", func(r *Row) money { return r.Cost }),
	lowCardinality("cost_source", func(r *Row) string { return r.CostSource }),
	lowCardinality("price_version", func(r *Row) string { return r.PriceVersion }),

	count16("tools_offered", func(r *Row) uint16 { return r.ToolsOffered }),
	count16("tool_calls", func(r *Row) uint16 { return r.ToolCalls }),
	texts("tool_names", func(r *Row) []string { return r.ToolNames }),
	count16("input_images", func(r *Row) uint16 { return r.InputImages }),
	count16("input_audios", func(r *Row) uint16 { return r.InputAudios }),
	count16("input_files", func(r *Row) uint16 { return r.InputFiles }),
	lowCardinality("response_format", func(r *Row) string { return r.ResponseFormat }),
	text("previous_response_id", func(r *Row) string { return r.PreviousResponseID }),
	text("response_id", func(r *Row) string { return r.ResponseID }),
	lowCardinality("system_fingerprint", func(r *Row) string { return r.SystemFingerprint }),
	lowCardinality("service_tier", func(r *Row) string { return r.ServiceTier }),

	texts("fidelity_applicable", func(r *Row) []string { return r.FidelityApplicable }),
	texts("fidelity_failed", func(r *Row) []string { return r.FidelityFailed }),
	texts("fidelity_suspected", func(r *Row) []string { return r.FidelitySuspected }),
	texts("fidelity_undecidable", func(r *Row) []string { return r.FidelityUndecidable }),

	count64("prompt_hash", func(r *Row) uint64 { return r.PromptHash }),
	count64("prompt_version", func(r *Row) uint64 { return r.PromptVersion }),
	count64("toolcall_hash", func(r *Row) uint64 { return r.ToolCallHash }),
	count16("turn", func(r *Row) uint16 { return r.Turn }),
	count16("retry", func(r *Row) uint16 { return r.Retry }),
	count64("request_bytes", func(r *Row) uint64 { return r.RequestBytes }),
	count64("response_bytes", func(r *Row) uint64 { return r.ResponseBytes }),
	boolean("request_truncated", func(r *Row) bool { return r.RequestTruncated }),
	boolean("response_truncated", func(r *Row) bool { return r.ResponseTruncated }),
}}

// contentTable has the columns of the table content.
var contentTable = table{"content", []column{
	instant("ts", func(r *Row) time.Time { return r.Time }),
	identity("call_id", func(r *Row) uuid.UUID { return r.CallID }),
	text("conversation_id", func(r *Row) string { return r.ConversationID }),
	text("user_id", func(r *Row) string { return r.UserID }),
	text("request", func(r *Row) string { return r.Request }),
	text("response", func(r *Row) string { return r.Response }),
	list("evidence", func(r *Row) []string { return r.Evidence }),
	boolean("truncated", func(r *Row) bool { return r.ContentCut }),
}}

// unrecordedTable has the columns of the table unrecorded.
var unrecordedTable = table{"unrecorded", []column{
	instant("ts", func(r *Row) time.Time { return r.Time }),
	instant("first", func(r *Row) time.Time { return r.Unrecorded.First }),
	identity("id", func(r *Row) uuid.UUID { return r.CallID }),
	lowCardinality("upstream", func(r *Row) string { return r.Upstream }),
	lowCardinality("reason", func(r *Row) string { return r.Unrecorded.Reason }),
	count64("calls", func(r *Row) uint64 { return uint64(r.Unrecorded.Calls) }),
}}

// tables are all that an insert names.
var tables = []*table{&callsTable, &contentTable, &unrecordedTable}

// appendParent writes nothing for a root span.
func appendParent(b []byte, r *Row) []byte {
	if r.ParentSpanID.IsEmpty() {
		return b
	}
	return hex.AppendEncode(b, r.ParentSpanID[:])
}
