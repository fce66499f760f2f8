package genai

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readGenAI takes attributes in the conventions' name space that are of older versions, or of SDKs alone.
func (f *foreign) readGenAI(name string, v pcommon.Value) bool {
	c := &f.call
	switch name {
	case "system":
		if f.system == "" || v.Str() != systemUnknown {
			f.system = v.Str()
		}
	case "response_id": // Langtrace
		c.ResponseID = v.Str()
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
		f.readFinishReasons(v.Str())
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

// readFinishReasons takes one, or several as Semantic Kernel has them: ["Stop"] or "N/A", and in Python FinishReason.STOP,None.
func (f *foreign) readFinishReasons(text string) {
	var reasons [contentChoiceMax]string // more than there is room for take no memory
	if !readJSON(text, &reasons) {
		copy(reasons[:], strings.SplitN(text, ",", contentChoiceMax+1))
	}
	for i, reason := range reasons {
		if word, ok := strings.CutPrefix(reason, "FinishReason."); ok {
			reason = strings.ToLower(word)
		}
		if reason != "" && reason != "None" && reason != "N/A" {
			f.choices = append(f.choices, indexed{[2]int{i}, reason})
		}
	}
}

// readFirstToken takes nanoseconds, as Alibaba's conventions count them, or a fraction of seconds. Only streams have it.
func (f *foreign) readFirstToken(v pcommon.Value) {
	f.call.TimeToFirstChunk, f.call.Stream = readSeconds(v), true
	if v.Type() == pcommon.ValueTypeInt {
		f.call.TimeToFirstChunk = secondsOf(readFloat(v) / 1e9)
	}
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
