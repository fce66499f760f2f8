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

func (u *anthropicUsage) told() Usage {
	return Usage{Input: told(u.Input), CacheRead: told(u.Read), CacheWrite: told(u.Write), CacheWriteLong: told(u.Creation.Long)}
}

// isStopReason knows Anthropic's reasons, which other APIs have other words for.
func isStopReason(reason string) bool {
	switch reason {
	case "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded":
		return true
	}
	return false
}
