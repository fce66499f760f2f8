package genai

import "go.opentelemetry.io/collector/pdata/pcommon"

// googleUsage is what Google's API says of tokens. Its output lacks the reasoning.
type googleUsage struct {
	Output    *int64 `json:"candidatesTokenCount"`
	Reasoning *int64 `json:"thoughtsTokenCount"`
	CacheRead *int64 `json:"cachedContentTokenCount"`
}

// pythonUsage is the same in Python's words.
type pythonUsage struct {
	Output    *int64 `json:"candidates_token_count"`
	Reasoning *int64 `json:"thoughts_token_count"`
	CacheRead *int64 `json:"cached_content_token_count"`
}

// readADKReasoning takes what the output lacks; versions of the ADK that add it have the conventions' name for it.
func (f *foreign) readADKReasoning(v pcommon.Value) {
	f.call.Usage.Reasoning, f.bareADK = readCount(v), true
}

// readADK takes the answer that spans of Google's ADK keep: it may tell of the cache and the reasoning where they do not.
func (f *foreign) readADK(v pcommon.Value) {
	var answer struct {
		Usage  googleUsage  `json:"usageMetadata"`
		Python *pythonUsage `json:"usage_metadata"`
	}
	if !readJSON(v.Str(), &answer) {
		return
	}
	if answer.Python != nil {
		answer.Usage = googleUsage(*answer.Python)
	}
	f.told, f.spoken = answer.Usage.told(), true
}

func (u *googleUsage) told() Usage {
	return Usage{Output: told(u.Output), Reasoning: told(u.Reasoning), CacheRead: told(u.CacheRead)}
}
