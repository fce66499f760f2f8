package genai

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// loneNames are of those who have hardly any other of their own.
var loneNames = dialect{
	"anthropic.message.stop_reason":  (*foreign).readChoice,
	"cozeloop.report.source":         func(f *foreign, v pcommon.Value) { f.veADK = v.Str() == "veadk" },
	"embedding.model_name":           (*foreign).readModel,
	"reranker.model_name":            (*foreign).readModel,
	"http.status_code":               (*foreign).readStatus, // before v1.21 of the conventions
	"http.status":                    (*foreign).readStatus, // agentgateway
	"litellm.request.tools.declared": (*foreign).readToolCount,
	"logfire.span_type":              func(f *foreign, v pcommon.Value) { f.logfire.kind = v.Str() },
	// Of calls that are no streams, too: Mastra makes streams of them.
	"mastra.completion_start_time": (*foreign).readFirstChunk,
	"metrics.ttfb":                 (*foreign).readStreamSeconds, // Pipecat
	"agw.ai.time_to_first_token":   (*foreign).readStreamSeconds, // agentgateway
	"ag2.usage.total_tokens":       (*foreign).readTotal,
	"output.value":                 func(f *foreign, v pcommon.Value) { f.answer = v.Str() },
	// Its scope has the application's name.
	"tanstack.ai.iteration": func(f *foreign, _ pcommon.Value) { f.raw = rawAll },
	// The provider is whose model it is, not who is paid.
	"trace.metadata.openrouter.source":         func(f *foreign, _ pcommon.Value) { f.call.ServerAddress = "openrouter.ai" },
	"trace.metadata.openrouter.first_token_ms": (*foreign).readStreamMillis,
	"ttft_ms":                          (*foreign).readStreamMillis,
	"copilot_chat.time_to_first_token": (*foreign).readStreamMillis,
}

func (f *foreign) readStatus(v pcommon.Value) {
	f.call.HTTPStatus = int(min(readCount(v).N, math.MaxUint16))
}

func (f *foreign) readToolCount(v pcommon.Value) { f.offerTools(int(min(readCount(v).N, indexMax))) }
