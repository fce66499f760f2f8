package genai

// anthropicUsage is what Anthropic's API says of tokens. Its input lacks the cache's parts.
type anthropicUsage struct {
	Input    *int64 `json:"input_tokens"`
	Read     *int64 `json:"cache_read_input_tokens"`
	Write    *int64 `json:"cache_creation_input_tokens"`
	Creation struct {
		Long *int64 `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
}

func (u *anthropicUsage) usage() Usage {
	return Usage{Input: countOf(u.Input), CacheRead: countOf(u.Read), CacheWrite: countOf(u.Write), CacheWriteLong: countOf(u.Creation.Long)}
}

// anthropicTerms is the same with what else decides the price.
type anthropicTerms struct {
	anthropicUsage
	Tier  string `json:"service_tier"`
	Speed string `json:"speed"`
	Geo   string `json:"inference_geo"`
	Tools struct {
		Searches int64 `json:"web_search_requests"`
	} `json:"server_tool_use"`
}

// AnthropicTier gives the tier that Anthropic bills tokens by. Fast answers are dearer, and come in no tier but the standard one. What
// must run in the US is dearer in each.
func AnthropicTier(tier, speed, geo string) string {
	if speed != "" && speed != "standard" {
		tier = speed
	}
	switch {
	case geo != "us":
		return tier
	case tier == "" || tier == "standard":
		return geo
	}
	return tier + "-us"
}

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

func (u *googleUsage) usage() Usage {
	return Usage{Output: countOf(u.Output), Reasoning: countOf(u.Reasoning), CacheRead: countOf(u.CacheRead)}
}
