package genai

import (
	"cmp"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readADKReasoning takes what the output lacks; versions of the ADK that add it have the conventions' name for it.
func (f *foreign) readADKReasoning(v pcommon.Value) {
	f.call.Usage.Reasoning, f.bareADK = readCount(v), true
}

// adkContent is what a model of Google's says, in JavaScript and Python.
type adkContent struct {
	Parts [answerCallsMax]*struct {
		Call   jsonTool `json:"functionCall"`
		Python jsonTool `json:"function_call"`
	} `json:"parts"`
}

// readADK takes the answer that spans of Google's ADK keep: it may tell of the cache, the reasoning and tool calls where they do not.
func (f *foreign) readADK(v pcommon.Value) {
	var answer struct {
		Usage   googleUsage  `json:"usageMetadata"`
		Python  *pythonUsage `json:"usage_metadata"`
		Content adkContent   `json:"content"`
	}
	if !readJSON(v.Str(), &answer) {
		return
	}
	if answer.Python != nil {
		answer.Usage = googleUsage(*answer.Python)
	}
	f.api, f.spoken = answer.Usage.usage(), true
	for i, part := range answer.Content.Parts {
		if part != nil {
			f.addToolCall(0, i, cmp.Or(part.Call.Name, part.Python.Name))
		}
	}
}
