package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// mlflowNames are those of MLflow's tracing, whose values are JSON as text.
var mlflowNames = dialect{
	"mlflow.spanType":        func(f *foreign, v pcommon.Value) { f.readSpanType(plainOf(v)) },
	"mlflow.llm.model":       func(f *foreign, v pcommon.Value) { f.model = plainOf(v) },
	"mlflow.llm.provider":    func(f *foreign, v pcommon.Value) { f.call.Provider = plainOf(v) },
	"mlflow.message.format":  func(f *foreign, v pcommon.Value) { f.bareMLflow = lackOfAPI(plainOf(v), "").cache },
	"mlflow.chat.tokenUsage": func(f *foreign, v pcommon.Value) { f.readUsageDetails("", v.AsString()) },
	"mlflow.spanInputs":      func(f *foreign, v pcommon.Value) { f.readInvocation(v.AsString()) },
	"mlflow.spanOutputs":     func(f *foreign, v pcommon.Value) { f.answer = v.AsString() },
}

// plainOf gives a word that may stand between quotes.
func plainOf(v pcommon.Value) string { return strings.Trim(v.AsString(), `"`) }
