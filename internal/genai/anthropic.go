package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readAnthropic takes attributes of Anthropic's own SDKs. Each of their requests has a span; only those that ask for an answer have
// an operation, but others name a model, too.
func (f *foreign) readAnthropic(name string, v pcommon.Value) bool {
	switch name {
	case "message.stop_reason":
		f.choices = append(f.choices, indexed{text: v.Str()})
	case "response.service_tier":
		f.call.ServiceTier = v.Str()
	default:
		if !strings.HasPrefix(name, "session.") {
			return false
		}
		f.otherKind = true
	}
	return true
}
