package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// langSmithNames are what LangSmith's exporter puts beside the conventions' names. Its operations are not to be relied on: the run of a
// prompt is a chat to it, that of a retriever an embedding.
var langSmithNames = dialect{
	"langsmith.span.kind": func(f *foreign, v pcommon.Value) {
		f.langSmith, f.noCall = true, v.Str() != "llm" && v.Str() != "embedding"
	},
	"langsmith.metadata.ls_provider": func(f *foreign, v pcommon.Value) {
		if f.call.Provider == "" || f.call.Provider == systemUnknown {
			f.call.Provider = v.Str()
		}
	},
}

// readLangSmithDetails takes counts of one side, of Python a dict as text.
func (f *foreign) readLangSmithDetails(side string, v pcommon.Value) {
	f.readUsageDetails(side, strings.ReplaceAll(v.AsString(), "'", `"`))
}

// systemUnknown is what LangSmith says where it cannot guess the provider from the model's name.
const systemUnknown = "langchain"
