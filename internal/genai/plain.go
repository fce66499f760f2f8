package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// plain is what Claude Code and Qwen Code say in words that many spans have, so that other names go before them.
type plain struct {
	// usage has an input that lacks the cache's parts. Its reasoning is Qwen Code's, and of Google's models beside the output.
	usage        Usage
	stopReason   string
	unsuccessful bool
}

// plainNames are the token counts of LangChain4j, Claude Code and Qwen Code.
var plainNames = dialect{
	"input_tokens":          func(f *foreign, v pcommon.Value) { f.plain.usage.Input = readCount(v) },
	"output_tokens":         func(f *foreign, v pcommon.Value) { f.plain.usage.Output = readCount(v) },
	"cache_read_tokens":     func(f *foreign, v pcommon.Value) { f.plain.usage.CacheRead = readCount(v) },
	"cache_creation_tokens": func(f *foreign, v pcommon.Value) { f.plain.usage.CacheWrite = readCount(v) },
	"thoughts_token_count":  func(f *foreign, v pcommon.Value) { f.plain.usage.Reasoning = readCount(v) },
}
