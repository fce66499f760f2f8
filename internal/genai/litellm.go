package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// readLiteLLM takes attributes of LiteLLM's own beside the conventions' names.
func (f *foreign) readLiteLLM(name string, v pcommon.Value) bool {
	switch name {
	case "request.streaming":
		f.call.Stream = readFlag(v)
	case "request.tools.declared":
		f.tools = max(f.tools, int(min(readCount(v).N, indexMax)))
	default:
		return false
	}
	return true
}
