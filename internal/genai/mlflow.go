package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// readMLflow takes attributes of MLflow's tracing, whose values are JSON as text.
func (f *foreign) readMLflow(name string, v pcommon.Value) bool {
	switch name {
	case "spanType":
		f.readSpanType(plainOf(v))
	case "llm.model":
		f.model = plainOf(v)
	case "llm.provider":
		f.call.Provider = plainOf(v)
	case "message.format":
		f.bareMLflow = lackOfAPI(plainOf(v), "").cache
	case "chat.tokenUsage":
		f.readUsageDetails("", v.AsString())
	case "spanInputs":
		f.readInvocation(v.AsString())
	case "spanOutputs":
		f.answer = v.AsString()
	default:
		return false
	}
	return true
}

// plainOf gives a word that may stand between quotes.
func plainOf(v pcommon.Value) string { return strings.Trim(v.AsString(), `"`) }
