package genai

import (
	"cmp"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// foreign gathers what a span says in other names than PutSpan writes: those of the GenAI conventions up to v1.36, of
// OpenLLMetry (llm.*, gen_ai.prompt.N), of OpenInference (openinference.span.kind, llm.token_count.*), of the Vercel AI
// SDK (ai.*), of LangSmith, Langfuse, MLflow, LiteLLM, Anthropic's SDKs and Claude Code, Google's ADK and Genkit. What the
// conventions' present names say goes before it.
type foreign struct {
	call Call
	// system is the provider in words of the dialect, model the only model name it has.
	system, model string
	// langChainProvider is what LangChain tells of it, where nothing else does.
	langChainProvider string
	// total is of input and output; it tells what of the parts they include.
	total Count
	// messages and tools are the numbers of indexed attributes seen, choices their finish reasons.
	messages, tools int
	choices         []indexed
	// toolCalls are those of flattened attributes, toolParts those among the parts of messages, aiSDKToolCalls the AI SDK's.
	toolCalls, toolParts, aiSDKToolCalls []indexed
	// counts tells that the request was to count tokens.
	counts bool
	// user is that of the request, among its parameters.
	user string
	// otherKind tells that the span does not say of itself that it is a model call, noCall that it is none.
	otherKind, noCall bool
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
	// told is what is known of the provider's usage beside the span's.
	told Usage
	// rig tells that rig made the span.
	rig bool
	// bareInput tells that the input lacks the cache's parts that are told beside, uncachedInput those of the span itself, bareOutput
	// that the output lacks the reasoning.
	bareInput, uncachedInput, bareOutput bool
	// raw tells that the counts are as the provider's API has them.
	raw  bool
	used bool
}

// read takes an attribute whose name the conventions do not have.
func (f *foreign) read(name string, v pcommon.Value) {
	var used bool
	switch space, rest, _ := strings.Cut(name, "."); space {
	case "gen_ai":
		if usage, ok := strings.CutPrefix(rest, "usage."); ok {
			used = f.readUsage(usage, v)
		} else {
			used = f.readGenAI(rest, v)
		}
	case "llm":
		used = f.readLLM(rest, v)
	case "ai":
		used = f.readAISDK(rest, v)
	case "langfuse":
		used = f.readLangfuse(rest, v)
	case "langsmith":
		used = f.readLangSmith(rest, v)
	case "mlflow":
		used = f.readMLflow(rest, v)
	case "litellm":
		used = f.readLiteLLM(rest, v)
	case "anthropic":
		used = f.readAnthropic(rest, v)
	case "gcp":
		used = f.readADK(rest, v)
	case "vercel":
		used = f.readVercel(rest, v)
	case "ag2":
		used = f.readAG2(rest, v)
	case "openclaw":
		f.noCall = f.noCall || strings.HasPrefix(rest, "tokens.") // its span of a run sums the calls, which have spans of their own
	default:
		used = f.readKind(name, v)
	}
	f.used = f.used || used
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
	case "http.route": // Anthropic's SDKs say in no other way what they asked for
		f.counts = strings.HasSuffix(v.Str(), "/messages/count_tokens")
		return f.counts
	case "ttft_ms", "copilot_chat.time_to_first_token", "trace.metadata.openrouter.first_token_ms":
		f.call.TimeToFirstChunk, f.call.Stream = secondsOf(readFloat(v)/1000), true
	case "metrics.ttfb": // Pipecat's, of streams alone
		f.call.TimeToFirstChunk, f.call.Stream = readSeconds(v), true
	default:
		if rest, ok := strings.CutPrefix(name, "genkit:"); ok {
			return f.readGenkit(rest, v)
		}
		return f.readPlain(name, v) || f.logfire.read(name, v)
	}
	return true
}

// readUsage takes token counts. Those of details and of caches are parts of input and output, as in the conventions.
func (f *foreign) readUsage(name string, v pcommon.Value) bool {
	u := &f.call.Usage
	switch name {
	case "prompt_tokens":
		u.Input = readCount(v)
	case "completion_tokens":
		u.Output = readCount(v)
	case "total_tokens":
		f.total = readCount(v)
	case "cache_read_input_tokens", "cached_input_tokens", "cached_tokens", "input_tokens.cached", "input_cached_tokens", "input_tokens.cache_read",
		"cache_read_tokens", "details.cache_read_tokens", "details.cache_read_input_tokens", "details.cached_tokens", "details.cached_content_tokens":
		u.CacheRead = readCount(v)
	case "cache_creation_input_tokens", "cache_write_input_tokens", "input_tokens.cache_write", "input_tokens.cache_creation",
		"cache_write_tokens", "details.cache_write_tokens",
		"details.cache_creation_input_tokens":
		u.CacheWrite = readCount(v)
	case "reasoning_tokens", "thinking_tokens", "reasoning_output_tokens", "output_tokens.reasoning", "details.reasoning_tokens",
		"details.thoughts_tokens", "details.thinking_tokens":
		u.Reasoning = readCount(v)
	case "experimental.reasoning_tokens": // Google's ADK; its versions that add them to the output have the conventions' name
		u.Reasoning, f.bareOutput = readCount(v), true
	case "cache_creation.1h_input_tokens": // Mastra's
		u.CacheWriteLong = readCount(v)
	case "details.input_audio_tokens", "audio_input_tokens", "input_audio_tokens": // Mastra's, Microsoft.Extensions.AI's
		u.AudioInput = readCount(v)
	case "cache_audio_read_tokens": // Pydantic's gateway
		u.AudioCacheRead = readCount(v)
	case "details.output_audio_tokens", "audio_output_tokens", "output_audio_tokens":
		u.AudioOutput = readCount(v)
	case "input_token_details", "output_token_details": // LangSmith, of Python a dict as text
		f.readUsageDetails(strings.TrimSuffix(name, "_token_details"), strings.ReplaceAll(v.AsString(), "'", `"`))
	case "tool_use_prompt_tokens":
		f.rig = true
	default:
		return u.readDetail(name, v)
	}
	return true
}

// readDetail takes Bifrost's counts of details, such as prompt_token_details.audio_tokens.
func (u *Usage) readDetail(name string, v pcommon.Value) bool {
	side, detail, _ := strings.Cut(name, "_token_details.")
	switch detailsOf(side) + " " + detail {
	case "input cached_read_tokens": // in older versions, as the next two
		u.CacheRead = readCount(v)
	case "input cached_write_tokens":
		u.CacheWrite = readCount(v)
	case "output reasoning_tokens":
		u.Reasoning = readCount(v)
	case "input audio_tokens":
		u.AudioInput = readCount(v)
	case "input image_tokens":
		u.ImageInput = readCount(v)
	case "input cached_write_tokens_1h":
		u.CacheWriteLong = readCount(v)
	case "output audio_tokens":
		u.AudioOutput = readCount(v)
	case "output image_tokens":
		u.ImageOutput = readCount(v)
	default:
		return false
	}
	return true
}

func (f *foreign) readGenAI(name string, v pcommon.Value) bool {
	c := &f.call
	switch name {
	case "system":
		if f.system == "" || v.Str() != systemUnknown {
			f.system = v.Str()
		}
	case "span.kind": // Alibaba's conventions, which Dify has too
		f.readSpanType(strings.ToUpper(v.Str()))
	case "model_name":
		f.model = v.Str()
	case "response.time_to_first_token":
		f.readFirstToken(v)
	case "model.provider": // Cloudflare's gateway
		f.system = cmp.Or(f.system, v.Str())
	case "operation.name": // in other words than the conventions'
		c.Operation = operationOf(v.Str())
		c.Stream = c.Stream || strings.Contains(v.Str(), "stream")
	case "openai.response.service_tier", "response.service_tier":
		c.ServiceTier = v.Str()
	case "openai.response.system_fingerprint", "openai.system_fingerprint", "response.system_fingerprint":
		c.SystemFingerprint = v.Str()
	case "response.finish_reason":
		f.choices = append(f.choices, indexed{text: v.Str()})
	case "response.prompt_tokens", "response.completion_tokens": // Semantic Kernel
		return f.readUsage(strings.TrimPrefix(name, "response."), v)
	case "response.input_tokens": // Microsoft.Extensions.AI before 10
		c.Usage.Input = readCount(v)
	case "response.output_tokens":
		c.Usage.Output = readCount(v)
	case "client.operation.time_to_first_chunk": // the AI SDK's, of streams alone, which it does not call so
		c.TimeToFirstChunk, c.Stream = readSeconds(v), true
	case "server.time_to_first_token":
		f.firstToken = readSeconds(v)
	case "openai.request.response_format":
		c.ResponseFormat = v.Str()
	case "openai.api_base":
		c.ServerAddress, c.ServerPort = hostOf(v.Str())
	case "is_streaming", "request.is_stream":
		c.Stream = readFlag(v)
	case "input.messages":
		f.messages = max(f.messages, readMessages(v, nil))
	case "output.messages":
		readMessages(v, &f.toolParts)
	case "tool.definitions":
		f.tools = max(f.tools, readMessages(v, nil))
	default:
		return f.readIndexed(name, v)
	}
	return true
}

// readFirstToken takes nanoseconds, as Alibaba's conventions count them, or a fraction of seconds. Only streams have it.
func (f *foreign) readFirstToken(v pcommon.Value) {
	f.call.TimeToFirstChunk, f.call.Stream = readSeconds(v), true
	if v.Type() == pcommon.ValueTypeInt {
		f.call.TimeToFirstChunk = secondsOf(readFloat(v) / 1e9)
	}
}
