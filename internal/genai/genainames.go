package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// genAINames are those in the conventions' name space that are of older versions, or of SDKs alone.
var genAINames = dialect{
	"gen_ai.system": (*foreign).readSystem,
	// Alibaba's conventions, which Dify has too.
	"gen_ai.span.kind":                            func(f *foreign, v pcommon.Value) { spanKinds.take(f, strings.ToUpper(v.Str())) },
	"gen_ai.model_name":                           (*foreign).readModel,
	"gen_ai.model.provider":                       (*foreign).readProvider, // Cloudflare's gateway
	"gen_ai.response.time_to_first_token":         (*foreign).readNanosToFirst,
	"gen_ai.client.operation.time_to_first_chunk": (*foreign).readStreamSeconds, // the AI SDK's, which does not call it a stream
	"gen_ai.server.time_to_first_token":           (*foreign).readFirstToken,
	"gen_ai.completion.start_time":                (*foreign).readStreamStart, // xAI's SDK
	"gen_ai.response.finish_reason":               (*foreign).readFinishReasons,
	"gen_ai.openai.api_base":                      (*foreign).readAddress,
	"gen_ai.api_base":                             (*foreign).readAddress,
	AttrInputMessages:                             (*foreign).readTurn,
	AttrOutputMessages:                            (*foreign).readOutput,
	AttrToolDefinitions:                           (*foreign).readTools,
	"gen_ai.usage.experimental.reasoning_tokens":  (*foreign).readADKReasoning,
	"gen_ai.usage.input_token_details":            func(f *foreign, v pcommon.Value) { f.readLangSmithDetails("input", v) },
	"gen_ai.usage.output_token_details":           func(f *foreign, v pcommon.Value) { f.readLangSmithDetails("output", v) },
	// Tracy's, of a request to Anthropic.
	"gen_ai.metadata.user_id":             func(f *foreign, v pcommon.Value) { f.user = v.Str() },
	"gen_ai.usage.tool_use_prompt_tokens": func(f *foreign, _ pcommon.Value) { f.rig = true },
	"gen_ai.usage.total_tokens":           (*foreign).readTotal,
}

// readOutput takes the tool calls among the parts of messages, and why they ended, for those that were read before: a span may have the
// same messages in an attribute and an event.
func (f *foreign) readOutput(v pcommon.Value) {
	var messages [contentChoiceMax]*struct { // more than there is room for take no memory
		Parts []struct {
			Type string `json:"type"`
			Name string `json:"name"`
		} `json:"parts"`
		FinishReason string `json:"finish_reason"`
	}
	if !readParameters(v.AsString(), &messages) {
		return
	}
	f.toolParts, f.messageReasons = nil, nil
	for i, message := range messages {
		if message == nil {
			continue
		}
		if message.FinishReason != "" {
			f.messageReasons = append(f.messageReasons, indexed{[2]int{i}, snake(message.FinishReason)})
		}
		for j, part := range message.Parts {
			if part.Type == "tool_call" {
				f.toolParts = append(f.toolParts, indexed{[2]int{i, j}, part.Name})
			}
		}
	}
}

func (f *foreign) readSystem(v pcommon.Value) {
	if f.call.Provider == "" || v.Str() != systemUnknown {
		f.call.Provider = v.Str()
	}
}

// readFinishReasons takes one, or several as Semantic Kernel has them: ["Stop"] or "N/A", and in Python FinishReason.STOP,None.
func (f *foreign) readFinishReasons(v pcommon.Value) {
	var reasons [contentChoiceMax]string // more than there is room for take no memory
	if !readJSON(v.Str(), &reasons) {
		copy(reasons[:], strings.SplitN(v.Str(), ",", contentChoiceMax+1))
	}
	for i, reason := range reasons {
		if word, ok := strings.CutPrefix(reason, "FinishReason."); ok {
			reason = strings.ToLower(word)
		}
		switch reason {
		case "None", "N/A", "<no_finish_reason_provided>": // the last is VeADK's
		default:
			f.addChoice(i, reason)
		}
	}
}

// readNanosToFirst takes nanoseconds, as Alibaba's conventions count them, or a fraction of seconds. Only streams have it.
func (f *foreign) readNanosToFirst(v pcommon.Value) {
	f.readStreamSeconds(v)
	if v.Type() == pcommon.ValueTypeInt {
		f.call.TimeToFirstChunk = secondsOf(readFloat(v) / 1e9)
	}
}
