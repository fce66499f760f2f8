package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// mlflowNames are those of MLflow's tracing, whose values are JSON as text.
var mlflowNames = dialect{
	"mlflow.spanType":        func(f *foreign, v pcommon.Value) { spanKinds.take(f, unquoted(v)) },
	"mlflow.llm.model":       func(f *foreign, v pcommon.Value) { f.model = unquoted(v) },
	"mlflow.llm.provider":    func(f *foreign, v pcommon.Value) { f.call.Provider = unquoted(v) },
	"mlflow.message.format":  func(f *foreign, v pcommon.Value) { f.bareMLflow = lackOfAPI(unquoted(v), "").cache },
	"mlflow.chat.tokenUsage": func(f *foreign, v pcommon.Value) { f.readUsageDetails("", v.AsString()) },
	"mlflow.spanInputs":      func(f *foreign, v pcommon.Value) { f.readInvocation(v.AsString()) },
	"mlflow.spanOutputs":     func(f *foreign, v pcommon.Value) { f.answer = v.AsString() },
}
