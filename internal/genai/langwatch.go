package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// langWatchNames are those of LangWatch's SDKs, whose spans of calls name no provider.
var langWatchNames = dialect{
	"langwatch.span.type": kinds{"llm": OperationChat}.read,
	"langwatch.metrics":   (*foreign).readLangWatchMetrics,
}

// langWatchMetrics are in the words of Python and Go, and of JavaScript, where they stand within a value.
type langWatchMetrics struct {
	Input     *int64 `json:"prompt_tokens"`
	InputJS   *int64 `json:"promptTokens"`
	Output    *int64 `json:"completion_tokens"`
	OutputJS  *int64 `json:"completionTokens"`
	Reasoning *int64 `json:"reasoning_tokens"`
}

func (f *foreign) readLangWatchMetrics(v pcommon.Value) {
	var metrics struct {
		langWatchMetrics
		Value *langWatchMetrics `json:"value"`
	}
	if !readParameters(v.Str(), &metrics) {
		return
	}
	m := &metrics.langWatchMetrics
	if metrics.Value != nil {
		m = metrics.Value
	}
	f.call.Usage.fill(&Usage{Input: countOf(m.Input, m.InputJS), Output: countOf(m.Output, m.OutputJS), Reasoning: countOf(m.Reasoning)})
}
