package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// langfuseNames are those of Langfuse's SDKs.
var langfuseNames = dialect{
	"langfuse.observation.type":                 (*foreign).readLangfuseType,
	"langfuse.observation.model.name":           (*foreign).readModel,
	"langfuse.observation.model.parameters":     (*foreign).readLangfuseParameters,
	"langfuse.observation.metadata.ls_provider": func(f *foreign, v pcommon.Value) { f.langChainProvider = v.Str() },
	// The span's own status stays unset.
	"langfuse.observation.level":                 func(f *foreign, v pcommon.Value) { f.failed = v.Str() == "ERROR" },
	"langfuse.observation.completion_start_time": (*foreign).readStreamStart,
	"langfuse.observation.usage_details":         func(f *foreign, v pcommon.Value) { f.readUsageDetails("", v.Str()) },
	"langfuse.observation.output":                func(f *foreign, v pcommon.Value) { f.langfuseOutput = v.Str() },
}

func (f *foreign) readLangfuseType(v pcommon.Value) {
	switch v.Str() {
	case "generation":
		f.call.Operation = OperationChat
	case "embedding":
		f.call.Operation = OperationEmbeddings
	default:
		f.noCall = true
	}
}

func (f *foreign) readLangfuseParameters(v pcommon.Value) {
	var parameters struct {
		Tier string `json:"service_tier"`
		User string `json:"user"`
	}
	if readParameters(v.Str(), &parameters) {
		f.call.ServiceTier, f.user = parameters.Tier, parameters.User
	}
}
