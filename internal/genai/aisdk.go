package genai

import (
	"encoding/json"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readAISDK takes attributes of the Vercel AI SDK up to version 6. Version 7 has the conventions' names.
func (f *foreign) readAISDK(name string, v pcommon.Value) bool {
	if usage, ok := strings.CutPrefix(name, "usage."); ok {
		return f.readAISDKUsage(usage, v)
	}
	c := &f.call
	switch name {
	case "operationId":
		f.readAISDKOperation(v.Str())
	case "model.provider":
		if f.system == "" {
			f.system = v.Str()
		}
	case "model.id":
		f.model = v.Str()
	case "response.id":
		c.ResponseID = v.Str()
	case "response.model":
		c.ResponseModel = v.Str()
	case "response.finishReason":
		f.choices = append(f.choices, indexed{text: v.Str()})
	case "response.msToFirstChunk":
		c.TimeToFirstChunk = time.Duration(readFloat(v) * float64(time.Millisecond))
	case "response.toolCalls":
		f.readAISDKToolCalls(v.Str())
	case "prompt.messages":
		f.messages = max(f.messages, readMessages(v, nil))
	case "prompt.tools":
		f.tools = max(f.tools, readMessages(v, nil))
	default:
		return false
	}
	return true
}

// readAISDKOperation tells the spans of model calls, ai.streamText.doStream, from those around them, ai.streamText,
// which repeat the usage.
func (f *foreign) readAISDKOperation(id string) {
	_, what, call := strings.Cut(id, ".do")
	f.otherKind = !call
	f.call.Stream = what == "Stream"
	switch what {
	case "Embed":
		f.call.Operation = OperationEmbeddings
	case "Rerank":
		f.call.Operation = OperationRerank
	}
}

func (f *foreign) readAISDKUsage(name string, v pcommon.Value) bool {
	u := &f.call.Usage
	switch name {
	case "inputTokens", "promptTokens", "tokens":
		u.Input = readCount(v)
	case "outputTokens", "completionTokens":
		u.Output = readCount(v)
	case "totalTokens":
		f.total = readCount(v)
	case "cachedInputTokens", "inputTokenDetails.cacheReadTokens":
		u.CacheRead = readCount(v)
	case "inputTokenDetails.cacheWriteTokens":
		u.CacheWrite = readCount(v)
	case "reasoningTokens", "outputTokenDetails.reasoningTokens":
		u.Reasoning = readCount(v)
	default:
		return false
	}
	return true
}

func (f *foreign) readAISDKToolCalls(text string) {
	var calls []struct {
		Name string `json:"toolName"`
	}
	if len(text) > messagesBytesMax || json.Unmarshal([]byte(text), &calls) != nil {
		return
	}
	for i, call := range calls {
		f.toolCalls = append(f.toolCalls, indexed{[2]int{i}, call.Name})
	}
}
