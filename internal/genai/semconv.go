package genai

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readGenAI takes attributes in the conventions' name space that are of older versions, or of SDKs alone.
func (f *foreign) readGenAI(name string, v pcommon.Value) bool {
	c := f.call
	switch name {
	case "system":
		if f.call.Provider == "" || v.Str() != systemUnknown {
			f.call.Provider = v.Str()
		}
	case "span.kind": // Alibaba's conventions, which Dify has too
		f.readSpanType(strings.ToUpper(v.Str()))
	case "model_name":
		f.model = v.Str()
	case "response.time_to_first_token":
		f.readFirstToken(v)
	case "model.provider": // Cloudflare's gateway
		f.call.Provider = cmp.Or(f.call.Provider, v.Str())
	case "operation.name": // in other words than the conventions'
		if v.Str() != typeError {
			c.Operation = operationOf(v.Str())
		}
		c.Stream = c.Stream || strings.Contains(v.Str(), "stream")
	case "response.finish_reason":
		f.readFinishReasons(v.Str())
	case "client.operation.time_to_first_chunk": // the AI SDK's, of streams alone, which it does not call so
		c.TimeToFirstChunk, c.Stream = readSeconds(v), true
	case "server.time_to_first_token":
		f.firstToken = readSeconds(v)
	case "completion.start_time": // xAI's SDK, of streams alone
		f.readFirstChunk(v.Str())
		c.Stream = true
	case "openai.api_base", "api_base":
		c.ServerAddress, c.ServerPort = hostOf(v.Str())
	case "input.messages":
		f.call.Turn = max(f.call.Turn, readMessages(v, nil))
	case "output.messages":
		readMessages(v, &f.toolParts)
	case "tool.definitions":
		f.call.ToolsOffered = max(f.call.ToolsOffered, readMessages(v, nil))
	case "usage.experimental.reasoning_tokens": // Google's ADK; its versions that add them to the output have the conventions' name
		c.Usage.Reasoning, f.bareADK = readCount(v), true
	case "usage.input_token_details", "usage.output_token_details": // LangSmith, of Python a dict as text
		side := strings.TrimSuffix(strings.TrimPrefix(name, "usage."), "_token_details")
		f.readUsageDetails(side, strings.ReplaceAll(v.AsString(), "'", `"`))
	case "token.semantics": // of Grafana's SDKs, as is the next that matters
		f.agento11y.inclusive = v.Str() == "inclusive"
	case "metadata.user_id": // Tracy's, of a request to Anthropic
		f.user = v.Str()
	case "agent.name":
		f.agento11y.agent = v.Str()
		return false
	case "usage.tool_use_prompt_tokens":
		f.rig = true
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
		switch reason {
		case "", "None", "N/A", "<no_finish_reason_provided>": // the last is VeADK's
		default:
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
