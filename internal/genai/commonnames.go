package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// commonNames are of spans of any kind, or of those who otherwise have the conventions' names: that one is there does not tell that a
// span is of a dialect. Its value may.
var commonNames = dialect{
	// Its span of the request repeats the model of the call within, whatever that does.
	"bifrost.request.id":            (*foreign).readOtherKind,
	"duration":                      func(f *foreign, v pcommon.Value) { f.logfire.took = readSeconds(v) },
	"duration_s":                    func(f *foreign, v pcommon.Value) { f.zeroClaw.took = readSeconds(v) },
	"gcp.vertex.agent.llm_response": (*foreign).readADK,
	"gen_ai.agent.name":             func(f *foreign, v pcommon.Value) { f.agento11y.agent = v.Str() },
	"http.path":                     (*foreign).readPath, // agentgateway's, as is url.path
	"http.route":                    (*foreign).readPath,
	// A reply of an agent, for which it may have called no model.
	"langtrace.service.name":    func(f *foreign, v pcommon.Value) { f.noCall = f.noCall || v.Str() == "Autogen" },
	"lk.llm_metrics":            (*foreign).readLiveKit,
	"lk.realtime_model_metrics": (*foreign).readLiveKit,
	"metadata":                  (*foreign).readLangChainMetadata,
	// Answers that promptfoo kept, for which it called no model. Of embeddings it tells so by the total alone.
	"promptfoo.cache_hit":          func(f *foreign, v pcommon.Value) { f.noCall = f.noCall || readFlag(v) },
	"promptfoo.usage.total_tokens": func(f *foreign, v pcommon.Value) { f.promptfooTotal = readCount(v) },
	"request_data":                 func(f *foreign, v pcommon.Value) { f.logfire.request = v.Str() },
	"speed":                        (*foreign).readSpeed,
	"stop_reason":                  func(f *foreign, v pcommon.Value) { f.plain.stopReason = v.Str() },
	"success":                      func(f *foreign, v pcommon.Value) { f.plain.unsuccessful = v.AsString() == "false" },
	"url.path":                     (*foreign).readPath,
}

// readPath knows requests that count tokens: Anthropic's SDKs say in no other way what they asked for.
func (f *foreign) readPath(v pcommon.Value) {
	path, _, _ := strings.Cut(v.Str(), "?")
	if strings.HasSuffix(path, "/messages/count_tokens") || strings.HasSuffix(path, ":countTokens") {
		f.counts, f.spoken = true, true
	}
}

// readSpeed takes the fast one, which comes in no other tier.
func (f *foreign) readSpeed(v pcommon.Value) {
	if v.Str() == "fast" {
		f.call.ServiceTier = v.Str()
	}
}
