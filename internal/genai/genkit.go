package genai

import (
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// genkit is what Genkit's span of a model has as JSON: the request and the answer.
type genkit struct{ input, output string }

// genkitNames are those of Genkit. Spans of models and embedders are model calls; those of flows, prompts, tools and of the generation
// around a model are none.
var genkitNames = dialect{
	"genkit:type":             (*foreign).readOtherKind,
	"genkit:metadata:subtype": (*foreign).readGenkitType,
	"genkit:name":             (*foreign).readGenkitName,
	"genkit:state":            func(f *foreign, v pcommon.Value) { f.failed = v.Str() == "error" },
	"genkit:input":            func(f *foreign, v pcommon.Value) { f.genkit.input = v.Str() },
	"genkit:output":           func(f *foreign, v pcommon.Value) { f.genkit.output = v.Str() },
}

func (f *foreign) readGenkitType(v pcommon.Value) {
	switch v.Str() {
	case "model":
		f.call.Operation = OperationChat
	case "embedder":
		f.call.Operation = OperationEmbeddings
	}
}

// readGenkitName takes googleai/gemini-2.5-flash, or a model alone.
func (f *foreign) readGenkitName(v pcommon.Value) {
	var ok bool
	if f.call.Provider, f.model, ok = strings.Cut(v.Str(), "/"); !ok {
		f.call.Provider, f.model = "", v.Str()
	}
}

type genkitCandidate struct {
	FinishReason string `json:"finishReason"`
	Message      struct {
		Content []struct {
			Tool jsonTool `json:"toolRequest"`
		} `json:"content"`
	} `json:"message"`
}

// genkitAnswer is a candidate itself, or has a list of them, as those of older models. Python writes counts as 10.0.
type genkitAnswer struct {
	genkitCandidate
	// Candidates that an array has no room for take no memory.
	Candidates [contentChoiceMax]*genkitCandidate `json:"candidates"`
	Usage      struct {
		Input     *float64 `json:"inputTokens"`
		Output    *float64 `json:"outputTokens"`
		Total     *float64 `json:"totalTokens"`
		CacheRead *float64 `json:"cachedContentTokens"`
		Reasoning *float64 `json:"thoughtsTokens"`
		// Anthropic's words, whose input lacks them.
		Custom struct {
			Read  *float64 `json:"cache_read_input_tokens"`
			Write *float64 `json:"cache_creation_input_tokens"`
			Long  *float64 `json:"ephemeral_1h_input_tokens"`
		} `json:"custom"`
	} `json:"usage"`
	Raw json.RawMessage `json:"raw"`
}

// genkitRaw is the provider's own answer, as JavaScript's plugins of OpenAI and Anthropic keep it. Others keep there what they like.
type genkitRaw struct {
	ID          string `json:"id"`
	Model       string `json:"model"`
	Fingerprint string `json:"system_fingerprint"`
	Tier        string `json:"service_tier"`
	Usage       *struct {
		anthropicUsage
		Prompt struct {
			CacheRead *int64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Completion struct {
			Reasoning *int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	} `json:"usage"`
}

// fillGenkit takes what the request and the answer of a model say.
func (f *foreign) fillGenkit() {
	if f.genkit.output == "" || f.call.Operation != OperationChat {
		return
	}
	var request struct {
		Messages []struct{} `json:"messages"`
		Tools    []struct{} `json:"tools"`
	}
	if readJSON(f.genkit.input, &request) {
		f.call.Turn, f.call.ToolsOffered = len(request.Messages), len(request.Tools)
	}
	var answer genkitAnswer
	if !readJSON(f.genkit.output, &answer) {
		return
	}
	answer.fill(f)
}

func (a *genkitAnswer) fill(f *foreign) {
	for i, candidate := range a.Candidates {
		if candidate != nil {
			f.readGenkitCandidate(i, candidate)
		}
	}
	if a.Candidates[0] == nil {
		f.readGenkitCandidate(0, &a.genkitCandidate)
	}
	u, usage := &f.call.Usage, &a.Usage
	u.Input, u.Output, f.total = countOf(usage.Input), countOf(usage.Output), countOf(usage.Total)
	u.CacheRead, u.Reasoning = countOf(usage.CacheRead, usage.Custom.Read), countOf(usage.Reasoning)
	u.CacheWrite, u.CacheWriteLong = countOf(usage.Custom.Write), countOf(usage.Custom.Long)
	if usage.Custom.Read != nil {
		f.api.Input = u.Input
	}
	f.readGenkitRaw(string(a.Raw))
}

// readGenkitRaw takes what Genkit has no words for. What has no usage is no answer of an API.
func (f *foreign) readGenkitRaw(text string) {
	var raw genkitRaw
	if !readParameters(text, &raw) || raw.Usage == nil {
		return
	}
	c := &f.call
	c.ResponseID, c.ResponseModel, c.SystemFingerprint, c.ServiceTier = raw.ID, raw.Model, raw.Fingerprint, raw.Tier
	if raw.Usage.Input != nil {
		f.api = raw.Usage.usage()
	} else {
		f.api.CacheRead, f.api.Reasoning = countOf(raw.Usage.Prompt.CacheRead), countOf(raw.Usage.Completion.Reasoning)
	}
}

func (f *foreign) readGenkitCandidate(at int, c *genkitCandidate) {
	f.addChoice(at, c.FinishReason)
	for i := range c.Message.Content {
		f.addToolCall(at, i, c.Message.Content[i].Tool.Name)
	}
}
