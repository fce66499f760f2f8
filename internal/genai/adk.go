package genai

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

// readADK takes the answer that spans of Google's ADK keep: it may tell of the cache and the reasoning where they do not.
func (f *foreign) readADK(text string) bool {
	var answer struct {
		Usage  googleUsage  `json:"usageMetadata"`
		Python *pythonUsage `json:"usage_metadata"`
	}
	if !readJSON(text, &answer) {
		return false
	}
	if answer.Python != nil {
		answer.Usage = googleUsage(*answer.Python)
	}
	f.told = answer.Usage.told()
	return true
}

func (u *googleUsage) told() Usage {
	return Usage{Output: told(u.Output), Reasoning: told(u.Reasoning), CacheRead: told(u.CacheRead)}
}
