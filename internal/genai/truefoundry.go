package genai

import (
	"cmp"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// trueFoundryNames are those of TrueFoundry's gateway, which has the conventions' beside them only if it is told to. Its span of a request
// is around those of the models that were asked, none of which there is for an answer from its cache. For the counts see otherNames.
var trueFoundryNames = dialect{
	"tfy.span_type": func(f *foreign, v pcommon.Value) {
		f.noCall = f.noCall || v.Str() != "Model"
		f.call.Operation = cmp.Or(f.call.Operation, OperationChat)
	},
	"tfy.model.request_type": func(f *foreign, v pcommon.Value) {
		if op := operationOf(v.Str()); isModelCall(op) {
			f.call.Operation = op
		}
	},
	"tfy.model.name":                             (*foreign).readModel,
	"tfy.model.request_url":                      (*foreign).readAddress,
	"tfy.model.metric.time_to_first_token_in_ms": (*foreign).readMillis,
}
