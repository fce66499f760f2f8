package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readLangfuse takes attributes of Langfuse's SDKs.
func (f *foreign) readLangfuse(name string, v pcommon.Value) bool {
	switch name {
	case "observation.type":
		switch v.Str() {
		case "generation":
			f.call.Operation = OperationChat
		case "embedding":
			f.call.Operation = OperationEmbeddings
		default:
			f.noCall = true
		}
	case "observation.model.name":
		f.model = v.Str()
	case "observation.model.parameters":
		var parameters struct {
			Tier string `json:"service_tier"`
			User string `json:"user"`
		}
		if readParameters(v.Str(), &parameters) {
			f.call.ServiceTier = parameters.Tier
			f.user = parameters.User
		}
	case "observation.metadata.ls_provider":
		f.langChainProvider = v.Str()
	case "observation.level": // of a call that failed; the span's own status stays unset
		f.failed = v.Str() == "ERROR"
	case "observation.completion_start_time":
		f.readFirstChunk(strings.Trim(v.Str(), `"`))
		f.call.Stream = true
	case "observation.usage_details":
		f.readUsageDetails("", v.Str())
	default:
		return false
	}
	return true
}
