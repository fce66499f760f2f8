package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// readLiteLLM takes attributes of LiteLLM's own beside the conventions' names.
func (f *foreign) readLiteLLM(name string, v pcommon.Value) bool {
	if name != "request.tools.declared" {
		return false
	}
	f.call.ToolsOffered = max(f.call.ToolsOffered, int(min(readCount(v).N, indexMax)))
	return true
}
