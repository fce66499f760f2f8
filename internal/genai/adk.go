package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// readADKReasoning takes what the output lacks; versions of the ADK that add it have the conventions' name for it.
func (f *foreign) readADKReasoning(v pcommon.Value) {
	f.call.Usage.Reasoning, f.bareADK = readCount(v), true
}

// readADK takes the answer that spans of Google's ADK keep: it may tell of the cache and the reasoning where they do not.
func (f *foreign) readADK(v pcommon.Value) {
	var answer struct {
		Usage  googleUsage  `json:"usageMetadata"`
		Python *pythonUsage `json:"usage_metadata"`
	}
	if !readJSON(v.Str(), &answer) {
		return
	}
	if answer.Python != nil {
		answer.Usage = googleUsage(*answer.Python)
	}
	f.api, f.spoken = answer.Usage.usage(), true
}
