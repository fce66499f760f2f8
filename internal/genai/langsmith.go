package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// readLangSmith takes attributes that LangSmith's exporter puts beside the conventions' names. Its operations are not
// to be relied on: the run of a prompt is a chat to it, that of a retriever an embedding.
func (f *foreign) readLangSmith(name string, v pcommon.Value) bool {
	switch name {
	case "span.kind":
		f.langSmith, f.noCall = true, v.Str() != "llm" && v.Str() != "embedding"
	case "metadata.ls_provider":
		if f.call.Provider == "" || f.call.Provider == systemUnknown {
			f.call.Provider = v.Str()
		}
	default:
		return false
	}
	return true
}

// systemUnknown is what LangSmith says where it cannot guess the provider from the model's name.
const systemUnknown = "langchain"
