package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// readPlainUsage takes the token counts of LangChain4j and Claude Code, whose names have no prefix. Claude Code's input lacks the
// cache's parts.
func (f *foreign) readPlainUsage(name string, v pcommon.Value) {
	switch name {
	case "input_tokens":
		f.call.Usage.Input, f.plainInput = readCount(v), true
	case "output_tokens":
		f.call.Usage.Output = readCount(v)
	case "cache_read_tokens":
		f.told.CacheRead = readCount(v)
	case "cache_creation_tokens":
		f.told.CacheWrite = readCount(v)
	}
}

// readPlain takes what else Claude Code says of a call, in words that many spans have.
func (f *foreign) readPlain(name string, v pcommon.Value) {
	switch name {
	case "stop_reason":
		f.choices = append(f.choices, indexed{text: v.Str()})
	case "speed":
		if v.Str() == "fast" { // which comes in no other tier
			f.call.ServiceTier = v.Str()
		}
	case "success":
		f.unsuccessful = v.AsString() == "false"
	}
}
