package genai

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readMastra takes when the answer began, of calls that are no streams, too: Mastra makes streams of them.
func (f *foreign) readMastra(name string, v pcommon.Value) bool {
	if name != "completion_start_time" {
		return false
	}
	f.firstChunk, _ = time.Parse(time.RFC3339Nano, v.Str()) // a time that cannot be read is not known
	return true
}
