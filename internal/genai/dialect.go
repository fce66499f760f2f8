package genai

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// foreign gathers what a span says in other names than PutSpan writes: those of the GenAI conventions up to v1.36, of
// OpenLLMetry (llm.*, gen_ai.prompt.N), of OpenInference (openinference.span.kind, llm.token_count.*), of the Vercel AI
// SDK (ai.*), of LangSmith, LangWatch, Langfuse, MLflow, Braintrust, LiteLLM, Anthropic's SDKs and Claude Code, Google's ADK and Genkit. What the
// conventions' present names say goes before it.
type foreign struct {
	// call has what fields have names for, the provider in words of the dialect.
	call *Call
	// model is the only model name that the dialect has.
	model string
	// langChainProvider is what LangChain tells of it, where nothing else does.
	langChainProvider string
	// choices are the finish reasons.
	choices []indexed
	// toolCalls are those of flattened attributes, toolParts those among the parts of messages, aiSDKToolCalls the AI SDK's.
	toolCalls, toolParts, aiSDKToolCalls []indexed
	// counts tells that the request was to count tokens.
	counts bool
	// user is that of the request, among its parameters.
	user string
	// otherKind tells that the span does not say of itself that it is a model call, noCall that it is none.
	otherKind, noCall bool
	// braintrustTokens tells that Braintrust's metrics have tokens of a request and its answer: not all of its spans of calls say more.
	braintrustTokens bool
	// duplicate tells that another span counts the call, failed that the call did.
	duplicate, failed bool
	// hermes tells that the span is one of hermes-otel's.
	hermes bool
	// langSmith tells whose span it is: its status is OK also of calls that failed.
	langSmith bool
	// answer is the answer's JSON, as OpenInference keeps it.
	answer string
	// firstChunk is when the answer began.
	firstChunk time.Time
	// firstToken is OpenLIT's time to the first token. It has one of answers that are no streams too: their whole time.
	firstToken time.Duration
	logfire    logfire
	genkit     genkit
	plain      plain
	agento11y  agento11y
	zeroClaw   zeroClaw
	counting
}

// read takes an attribute whose name no field has. It is false for one that no dialect has.
func (f *foreign) read(name string, v pcommon.Value) bool {
	switch space, rest, _ := strings.Cut(name, "."); space {
	case "gen_ai":
		return f.readGenAI(rest, v)
	case "llm":
		return f.readLLM(rest, v)
	case "ai":
		return f.readAISDK(rest, v)
	case "langfuse":
		return f.readLangfuse(rest, v)
	case "langsmith":
		return f.readLangSmith(rest, v)
	case "langwatch":
		return f.readLangWatch(rest, v)
	case "mlflow":
		return f.readMLflow(rest, v)
	case "braintrust":
		return f.readBraintrust(rest, v)
	case "agento11y", "sigil":
		return f.readAgento11y(rest, v)
	case "tfy":
		return f.readTrueFoundry(rest, v)
	case "zeroclaw": // its span of a turn sums the calls, which have spans of their own
		f.otherKind, f.zeroClaw.is = true, true
		return true
	case "hermes":
		f.hermes = true
		return false
	}
	if rest, ok := strings.CutPrefix(name, "genkit:"); ok {
		return f.readGenkit(rest, v)
	}
	return f.readKind(name, v) || f.readLone(name, v) || f.readPlain(name, v) || f.logfire.read(name, v)
}

// readLone takes attributes of those who have hardly any other of their own.
func (f *foreign) readLone(name string, v pcommon.Value) bool {
	switch name {
	case "anthropic.message.stop_reason":
		f.choices = append(f.choices, indexed{text: v.Str()})
	case "cozeloop.report.source":
		f.veADK = v.Str() == "veadk"
	case "duration_s":
		f.zeroClaw.took = readSeconds(v)
		return false
	case "embedding.model_name", "reranker.model_name":
		f.model = v.Str()
	case "gcp.vertex.agent.llm_response":
		return f.readADK(v.Str())
	case "http.route", "http.path", "url.path": // Anthropic's SDKs say in no other way what they asked for; the others are agentgateway's
		path, _, _ := strings.Cut(v.Str(), "?")
		f.counts = f.counts || strings.HasSuffix(path, "/messages/count_tokens") || strings.HasSuffix(path, ":countTokens")
		return f.counts
	case "http.status_code", "http.status": // before v1.21 of the conventions; agentgateway
		f.call.HTTPStatus = int(min(readCount(v).N, math.MaxUint16))
	case "litellm.request.tools.declared":
		f.call.ToolsOffered = max(f.call.ToolsOffered, int(min(readCount(v).N, indexMax)))
	case "lk.llm_metrics", "lk.realtime_model_metrics":
		return f.readLiveKit(v.Str())
	case "mastra.completion_start_time": // of calls that are no streams, too: Mastra makes streams of them
		f.readFirstChunk(v.Str())
	case "metadata":
		return f.readLangChainMetadata(v)
	case "metrics.ttfb", "agw.ai.time_to_first_token": // Pipecat's and agentgateway's, of streams alone
		f.call.TimeToFirstChunk, f.call.Stream = readSeconds(v), true
	case "output.value":
		f.answer = v.Str()
	case "tanstack.ai.iteration": // its scope has the application's name
		f.raw = rawAll
	case "trace.metadata.openrouter.source": // the provider is whose model it is, not who is paid
		f.call.ServerAddress = "openrouter.ai"
	case "ttft_ms", "copilot_chat.time_to_first_token", "trace.metadata.openrouter.first_token_ms":
		f.call.TimeToFirstChunk, f.call.Stream = secondsOf(readFloat(v)/1000), true
	default:
		return false
	}
	return true
}

// readFirstChunk takes when the answer began. A time that cannot be read is not known.
func (f *foreign) readFirstChunk(text string) { f.firstChunk, _ = time.Parse(time.RFC3339Nano, text) }
