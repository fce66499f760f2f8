package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// plain is what Claude Code and Qwen Code say in words that many spans have, so that other names go before them.
type plain struct {
	// usage has an input that lacks the cache's parts. Its reasoning is Qwen Code's, and of Google's models beside the output.
	usage        Usage
	stopReason   string
	unsuccessful bool
}

// readPlain takes what LangChain4j, Claude Code and Qwen Code say in names without a prefix. It gives true for token counts, which tell that the
// span is of such a dialect.
func (f *foreign) readPlain(name string, v pcommon.Value) bool {
	switch name {
	case "input_tokens":
		f.plain.usage.Input = readCount(v)
	case "output_tokens":
		f.plain.usage.Output = readCount(v)
	case "cache_read_tokens":
		f.plain.usage.CacheRead = readCount(v)
	case "cache_creation_tokens":
		f.plain.usage.CacheWrite = readCount(v)
	case "thoughts_token_count":
		f.plain.usage.Reasoning = readCount(v)
	default:
		f.readPlainWord(name, v)
		return false
	}
	return true
}

func (f *foreign) readPlainWord(name string, v pcommon.Value) {
	switch name {
	case "stop_reason":
		f.plain.stopReason = v.Str()
	case "speed":
		if v.Str() == "fast" { // which comes in no other tier
			f.call.ServiceTier = v.Str()
		}
	case "success":
		f.plain.unsuccessful = v.AsString() == "false"
	}
}
