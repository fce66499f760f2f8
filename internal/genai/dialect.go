package genai

import (
	"math"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// foreign gathers what a span says in other names than PutSpan writes: those of the GenAI conventions up to v1.36, of
// OpenLLMetry (llm.*, gen_ai.prompt.N), of OpenInference (openinference.span.kind, llm.token_count.*), of the Vercel AI
// SDK (ai.*), of LangSmith, Langfuse, MLflow, Braintrust, LiteLLM, Anthropic's SDKs and Claude Code, Google's ADK and Genkit. What the
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
	case "mlflow":
		return f.readMLflow(rest, v)
	case "litellm":
		return f.readLiteLLM(rest, v)
	case "anthropic":
		return f.readAnthropic(rest, v)
	case "gcp":
		return f.readADK(rest, v)
	case "vercel":
		return f.readVercel(rest)
	case "ag2":
		return f.readAG2(rest, v)
	case "braintrust":
		return f.readBraintrust(rest, v)
	case "mastra":
		return f.readMastra(rest, v)
	case "lk":
		return f.readLiveKit(rest, v)
	case "bifrost":
		f.otherKind = f.otherKind || rest == "request.id" // its span of the request repeats the model of the call within, whatever that does
	case "tanstack":
		return f.readTanStack(rest)
	case "langtrace":
		f.noCall = f.noCall || rest == "service.name" && v.Str() == "Autogen" // a reply of an agent, for which it may have called no model
	case "openclaw":
		f.noCall = f.noCall || strings.HasPrefix(rest, "tokens.") // its span of a run sums the calls, which have spans of their own
	default:
		return f.readKind(name, v)
	}
	return false
}

// readSpanType takes the words that OpenInference, MLflow and Alibaba's conventions have for what a span is.
func (f *foreign) readSpanType(word string) {
	switch word {
	case "LLM", "CHAT_MODEL":
		f.call.Operation = OperationChat
	case "EMBEDDING":
		f.call.Operation = OperationEmbeddings
	case "RERANKER":
		f.call.Operation = OperationRerank
	default:
		f.otherKind = true
	}
}

// readKind takes what tells that a span is a model call, or that it is none.
func (f *foreign) readKind(name string, v pcommon.Value) bool {
	switch name {
	case "openinference.span.kind", "fi.span.kind":
		f.readSpanType(v.Str())
	case "traceloop.span.kind":
		f.otherKind = true
	case "agentops.span.kind": // its agents say what model they have
		switch v.Str() {
		case "agent", "team", "workflow":
			f.otherKind = true
		}
	case "output.value":
		f.answer = v.Str()
	case "metadata":
		return f.readLangChainMetadata(v)
	case "embedding.model_name", "reranker.model_name":
		f.model = v.Str()
	case "http.route", "http.path": // Anthropic's SDKs say in no other way what they asked for; the latter is agentgateway's
		f.counts = f.counts || strings.HasSuffix(v.Str(), "/messages/count_tokens") || strings.HasSuffix(v.Str(), ":countTokens")
		return f.counts
	case "http.status_code", "http.status": // before v1.21 of the conventions; agentgateway
		f.call.HTTPStatus = int(min(readCount(v).N, math.MaxUint16))
	case "ttft_ms", "copilot_chat.time_to_first_token", "trace.metadata.openrouter.first_token_ms":
		f.call.TimeToFirstChunk, f.call.Stream = secondsOf(readFloat(v)/1000), true
	case "metrics.ttfb", "agw.ai.time_to_first_token": // Pipecat's and agentgateway's, of streams alone
		f.call.TimeToFirstChunk, f.call.Stream = readSeconds(v), true
	default:
		if rest, ok := strings.CutPrefix(name, "genkit:"); ok {
			return f.readGenkit(rest, v)
		}
		return f.readPlain(name, v) || f.logfire.read(name, v)
	}
	return true
}
