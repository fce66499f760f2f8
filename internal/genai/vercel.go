package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readVercel takes attributes of Vercel's AI Gateway. The span of a request is a model call. Those of its attempts at one provider
// after the other are none: they say no tokens.
func (f *foreign) readVercel(name string, v pcommon.Value) bool {
	if name == "ai_gateway.service_tier" {
		f.call.ServiceTier = v.Str()
		return true
	}
	attempt := strings.HasPrefix(name, "ai_gateway.attempt.")
	f.otherKind = f.otherKind || attempt
	return attempt
}
