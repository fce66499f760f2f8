package genai

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// braintrustNames are those of Braintrust's SDKs, whose values are JSON as text. That for .NET, and others that send to Braintrust, have
// an attribute for each member; for the counts see otherNames.
var braintrustNames = dialect{
	"braintrust.span_attributes":             (*foreign).readBraintrustAttributes,
	"braintrust.span_attributes.type":        func(f *foreign, v pcommon.Value) { f.readBraintrustType(v.Str()) },
	"braintrust.metadata":                    (*foreign).readBraintrustMetadata,
	"braintrust.metrics":                     (*foreign).readBraintrustMetrics,
	"braintrust.metrics.time_to_first_token": (*foreign).readFirstToken,
	"braintrust.metrics.tokens":              (*foreign).readTotal,
	"braintrust.output_json":                 (*foreign).readBraintrustOutput,
}

func (f *foreign) readBraintrustAttributes(v pcommon.Value) {
	var span struct {
		Type string `json:"type"`
	}
	if readJSON(v.Str(), &span) {
		f.readBraintrustType(span.Type)
	}
}

// readBraintrustType tells evaluations, tasks and tools from what Braintrust calls an LLM, which is any request to a provider.
func (f *foreign) readBraintrustType(word string) {
	switch word {
	case "":
	case "llm":
		f.call.Operation = cmp.Or(f.call.Operation, OperationChat)
	default:
		f.noCall = true
	}
}

func (f *foreign) readBraintrustMetadata(v pcommon.Value) {
	var metadata struct {
		Provider    string     `json:"provider"`
		Model       string     `json:"model"`
		Endpoint    string     `json:"endpoint"`
		Path        string     `json:"request_path"` // Java's word for it
		Stream      bool       `json:"stream"`
		User        string     `json:"user"`
		ID          string     `json:"id"`
		Fingerprint string     `json:"system_fingerprint"`
		Tier        string     `json:"service_tier"`
		StopReason  string     `json:"stop_reason"`
		Tools       []struct{} `json:"tools"`
	}
	if !readParameters(v.Str(), &metadata) {
		return
	}
	c := &f.call
	c.Provider, f.model = cmp.Or(c.Provider, metadata.Provider), cmp.Or(f.model, metadata.Model)
	c.Stream = c.Stream || metadata.Stream
	c.ResponseID = cmp.Or(c.ResponseID, metadata.ID)
	c.SystemFingerprint = cmp.Or(c.SystemFingerprint, metadata.Fingerprint)
	c.ServiceTier = cmp.Or(c.ServiceTier, metadata.Tier)
	f.plain.stopReason = cmp.Or(f.plain.stopReason, metadata.StopReason)
	c.ToolsOffered = max(c.ToolsOffered, len(metadata.Tools))
	f.user = cmp.Or(metadata.User, f.user)
	if metadata.Provider != "" { // else it is an application's metadata, of a span of any kind
		f.readBraintrustEndpoint(cmp.Or(metadata.Endpoint, metadata.Path))
	}
}

// readBraintrustEndpoint tells what a request asked for. Not every SDK says in another way that the span is one.
func (f *foreign) readBraintrustEndpoint(endpoint string) {
	switch {
	case endpoint == "":
	case strings.HasSuffix(endpoint, "embeddings"):
		f.call.Operation = OperationEmbeddings
	case strings.HasSuffix(endpoint, "rerank"):
		f.call.Operation = OperationRerank
	case strings.HasSuffix(endpoint, "count_tokens"):
		f.call.Operation = OperationCountTokens
	case strings.HasSuffix(endpoint, "moderations"):
		f.noCall = true
	default:
		f.call.Operation = cmp.Or(f.call.Operation, OperationChat)
	}
}

// braintrustMetrics are counts, of which those of details are parts of the whole.
type braintrustMetrics struct {
	Input      *float64 `json:"prompt_tokens"`
	Output     *float64 `json:"completion_tokens"`
	Total      *float64 `json:"tokens"`
	CacheRead  *float64 `json:"prompt_cached_tokens"`
	CacheWrite *float64 `json:"prompt_cache_creation_tokens"`
	Short      *float64 `json:"prompt_cache_creation_5m_tokens"` // these may stand alone
	Long       *float64 `json:"prompt_cache_creation_1h_tokens"`
	Reasoning  *float64 `json:"completion_reasoning_tokens"`
	Thoughts   *float64 `json:"thoughts_token_count"` // of Google's API, whose output lacks them: the total shows it
	AudioIn    *float64 `json:"prompt_audio_tokens"`
	AudioOut   *float64 `json:"completion_audio_tokens"`
	FirstToken float64  `json:"time_to_first_token"` // Ruby's of answers that are no streams, too
}

func (f *foreign) readBraintrustMetrics(v pcommon.Value) {
	var m braintrustMetrics
	if !readJSON(v.Str(), &m) {
		return
	}
	f.braintrustTokens = m.Input != nil && m.Output != nil
	f.firstToken = cmp.Or(secondsOf(m.FirstToken), f.firstToken)
	u := m.usage()
	u.fill(&f.call.Usage) // what another dialect says
	f.call.Usage, f.total = u, cmp.Or(countOf(m.Total), f.total)
}

func (m *braintrustMetrics) usage() Usage {
	return Usage{
		Input: countOf(m.Input), Output: countOf(m.Output),
		CacheRead: countOf(m.CacheRead), CacheWrite: m.written(), CacheWriteLong: countOf(m.Long),
		Reasoning: countOf(m.Reasoning, m.Thoughts), AudioInput: countOf(m.AudioIn), AudioOutput: countOf(m.AudioOut),
	}
}

// written gives what was written to the cache, for however long.
func (m *braintrustMetrics) written() Count {
	short, long := countOf(m.Short), countOf(m.Long)
	if m.CacheWrite == nil && (short.Known || long.Known) {
		return Known(short.N + long.N)
	}
	return countOf(m.CacheWrite)
}

// readBraintrustOutput takes the finish reasons of a list of choices, or of an answer that stands there as it came.
func (f *foreign) readBraintrustOutput(v pcommon.Value) {
	if text := v.Str(); strings.HasPrefix(text, "{") {
		f.readBraintrustAnswer(text)
		return
	}
	// Choices that an array has no room for take no memory.
	var choices [contentChoiceMax]*struct {
		FinishReason string `json:"finish_reason"`
	}
	if !readJSON(v.Str(), &choices) {
		return
	}
	for i, choice := range choices {
		if choice != nil {
			f.addChoice(i, choice.FinishReason)
		}
	}
}

// readBraintrustAnswer takes Anthropic's message, as Java's SDK keeps it, which leaves its counts as they are, and Gemini's answer, as those
// for Java and Go do.
func (f *foreign) readBraintrustAnswer(text string) {
	var answer struct {
		ID         string         `json:"id"`
		StopReason string         `json:"stop_reason"`
		Usage      anthropicUsage `json:"usage"`
		GeminiID   string         `json:"responseId"`
		Gemini     googleUsage    `json:"usageMetadata"`
		Candidates [contentChoiceMax]*struct {
			FinishReason string `json:"finishReason"`
		} `json:"candidates"`
	}
	if !readJSON(text, &answer) {
		return
	}
	f.call.ResponseID = cmp.Or(f.call.ResponseID, answer.ID, answer.GeminiID)
	f.plain.stopReason = cmp.Or(f.plain.stopReason, answer.StopReason)
	for _, usage := range []Usage{answer.Usage.usage(), answer.Gemini.usage()} {
		f.api.fill(&usage)
	}
	for i, candidate := range answer.Candidates {
		if candidate != nil {
			f.addChoice(i, candidate.FinishReason)
		}
	}
}
