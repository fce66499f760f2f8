package genai

import (
	"cmp"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readTrueFoundry takes attributes of TrueFoundry's gateway, which has the conventions' beside them only if it is told to. Its span
// of a request is around those of the models that were asked, none of which there is for an answer from its cache.
func (f *foreign) readTrueFoundry(name string, v pcommon.Value) bool {
	u := &f.call.Usage
	switch name {
	case "span_type":
		f.noCall = f.noCall || v.Str() != "Model"
		f.call.Operation = cmp.Or(f.call.Operation, OperationChat)
	case "model.request_type":
		if op := operationOf(v.Str()); isModelCall(op) {
			f.call.Operation = op
		}
	case "request.model_name":
		f.call.RequestModel = v.Str()
	case "model.name":
		f.model = v.Str()
	case "model.request_url":
		f.call.ServerAddress, f.call.ServerPort = hostOf(v.Str())
	case "model.streaming":
		f.call.Stream = readFlag(v)
	case "model.metric.time_to_first_token_in_ms":
		f.call.TimeToFirstChunk = secondsOf(readFloat(v) / 1000)
	case "model.metric.input_tokens":
		u.Input = readCount(v)
	case "model.metric.output_tokens":
		u.Output = readCount(v)
	case "model.metric.cache_read_input_tokens":
		u.CacheRead = readCount(v)
	case "model.metric.cache_creation_input_tokens":
		u.CacheWrite = readCount(v)
	default:
		return false
	}
	return true
}
