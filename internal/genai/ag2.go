package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// readAG2 takes what AG2's accounts say, which have spans of their own: those of model calls repeat the calls' spans, and those of a
// sub-agent sum its calls. Compaction and aggregation call a model without another span.
func (f *foreign) readAG2(name string, v pcommon.Value) bool {
	if name != "usage.kind" {
		return false
	}
	f.noCall = v.Str() == "model_call" || v.Str() == "subtask"
	return true
}
