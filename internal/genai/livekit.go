package genai

import (
	"cmp"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// liveKitNodes are spans of LiveKit Agents that say a model and a provider, but no operation: they stand around requests, or are of speech.
var liveKitNodes = map[string]bool{"llm_node": true, "tts_node": true, "user_turn": true}

// liveKitFallback is the model of LiveKit's span around the requests to several models, each of which has one of its own.
const liveKitFallback = "FallbackAdapter"

// isLiveKitFallback knows that span. A call that the tap saw may ask for a model of that name.
func isLiveKitFallback(c *Call) bool { return c.RequestModel == liveKitFallback && c.Outcome == "" }

// liveKitMetrics are those of a request or of a live answer, in the words of Python and of JavaScript.
type liveKitMetrics struct {
	ResponseID   string `json:"request_id"`
	ResponseIDJS string `json:"requestId"`
	Cached       *int64 `json:"prompt_cached_tokens"`
	CachedJS     *int64 `json:"promptCachedTokens"`
	Written      *int64 `json:"cache_creation_tokens"`
	WrittenJS    *int64 `json:"cacheCreationTokens"`
	// LiveInputJS is what the input of a live answer consists of; in Python the span has it.
	LiveInputJS struct {
		Cached *int64 `json:"cachedTokens"`
	} `json:"inputTokenDetails"`
	Metadata struct {
		Model      string `json:"model_name"`
		ModelJS    string `json:"modelName"`
		Provider   string `json:"model_provider"`
		ProviderJS string `json:"modelProvider"`
	} `json:"metadata"`
}

// readLiveKit takes the metrics of LiveKit Agents, which in JavaScript, and in Python before 1.4.2, are all that tells a call.
func (f *foreign) readLiveKit(v pcommon.Value) {
	var metrics liveKitMetrics
	if !readJSON(v.Str(), &metrics) {
		return
	}
	c := &f.call
	f.spoken = true
	c.Operation = OperationChat
	c.ResponseModel = cmp.Or(metrics.Metadata.Model, metrics.Metadata.ModelJS) // JavaScript says a label where it was asked for
	c.ResponseID = cmp.Or(metrics.ResponseID, metrics.ResponseIDJS)
	c.Usage.fill(&Usage{
		CacheRead:  countOf(metrics.Cached, metrics.CachedJS, metrics.LiveInputJS.Cached),
		CacheWrite: countOf(metrics.Written, metrics.WrittenJS),
	})
	c.Provider = cmp.Or(c.Provider, metrics.Metadata.Provider, metrics.Metadata.ProviderJS)
}
