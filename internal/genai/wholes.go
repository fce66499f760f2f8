package genai

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// lack tells what the counts of a span leave out, where the conventions, and so a Usage, have it in them: the input the cache's parts,
// the output the reasoning.
type lack struct{ cache, reasoning bool }

// counting is what a span shows of how its instrumentation counts.
type counting struct {
	// total is of input and output.
	total Count
	// raw tells whether it is one of rawScopes, or TanStack AI, rig that it is rig, which does as these.
	raw rawness
	rig bool
	// bareMLflow tells that it is MLflow with counts of Anthropic's or Bedrock's, aiSDK4 that it is the AI SDK up to version 4, which has
	// those of caches in the provider's words alone: the input lacks them.
	bareMLflow, aiSDK4 bool
	// bareADK tells that it is Google's ADK, of a version whose output lacks the reasoning.
	bareADK bool
	// strands tells that it is Strands for JavaScript, veADK that it is VeADK, which repeats what was read of the cache as written to it.
	strands, veADK bool
	// api is the usage in the provider's own words, where it stands beside the span's: the input lacks the cache's parts, the output the
	// reasoning.
	api Usage
	// lack is what the counts leave out by all these; see findLack.
	lack lack
}

// rawness tells of which calls an instrumentation leaves the counts as the provider's API has them.
type rawness uint8

const (
	rawNone rawness = iota
	rawAll
	// rawMessages are those of Anthropic's API, as which an answer ends for one of its reasons; others have wholes.
	rawMessages
	// rawAnthropic are those of Anthropic itself; of other hosts there are wholes.
	rawAnthropic
	// rawApart are those of which the caches stand apart, whoever the provider is.
	rawApart
	// rawOldNames are those whose caches have no names of the conventions; later versions have these, and wholes.
	rawOldNames
)

// rawScopes are instrumentations that leave counts as the provider's API has them: those of Microsoft's agent framework and of Strands, both
// for Python, of AG2, AgentScope, ReqLLM, Spring AI (as Micrometer's are named), Pipecat, JetBrains' Tracy and tRPC-Agent for Go,
// OpenInference's of Agno, Pipecat and, in JavaScript, Bedrock, OpenTelemetry's own of Agno and Bedrock, OpenLLMetry's of Bedrock,
// OpenLIT's of the providers' own clients, and Envoy's gateway where it has the conventions' names.
var rawScopes = map[string]rawness{
	"agent_framework":                                rawAll,
	"agentscope":                                     rawAnthropic,
	"opentelemetry.instrumentation.ag2":              rawAll,
	"opentelemetry.instrumentation.ag2.beta":         rawAll,
	"opentelemetry.instrumentation.bedrock":          rawAll,
	"opentelemetry.instrumentation.genai.agno":       rawAll,
	"opentelemetry.instrumentation.genai.bedrock":    rawAll,
	"org.springframework.boot":                       rawAll,
	"pipecat":                                        rawAll,
	"req_llm":                                        rawAll,
	"strands.telemetry.tracer":                       rawOldNames,
	"tracy":                                          rawAll,
	"trpc.agent.go":                                  rawAll,
	"openinference.instrumentation.agno":             rawAll,
	"openinference.instrumentation.pipecat":          rawAll,
	"@arizeai/openinference-instrumentation-bedrock": rawAll,
	"openlit.instrumentation.anthropic":              rawAll,
	"openlit.instrumentation.bedrock":                rawAll,
	"openlit.instrumentation.google_ai_studio":       rawAll,
	"@openlit/instrumentation-anthropic":             rawAll,
	"@openlit/instrumentation-bedrock":               rawAll,
	"@openlit/instrumentation-google-ai":             rawAll,
	"envoyproxy/ai-gateway":                          rawMessages,
}

// strandsAgents is what Strands says for a provider.
const strandsAgents = "strands-agents"

// isStrands knows Strands for JavaScript, whose scope and provider have the name of the service, which may be any.
func isStrands(scope string, span ptrace.Span, provider string) bool {
	return scope != "" && scope == provider && span.Name() == string(OperationChat)
}

// lackOfAPI tells what the counts of a provider's API leave out. Other hosts have Anthropic's and Google's for the models of these. Strands
// and tRPC-Agent do not say the provider.
func lackOfAPI(provider, model string) lack {
	switch providerOf(provider) {
	case "anthropic", "aws.bedrock":
		return lack{cache: true}
	case "gcp.gemini", "gcp.gen_ai":
		return lack{reasoning: true}
	case "gcp.vertex_ai", "azure.ai.foundry", "azurefoundry", strandsAgents, "trpc.go.agent":
		return lack{cache: strings.HasPrefix(model, "claude"), reasoning: IsGemini(model)}
	}
	return lack{}
}

// fillUsage puts into a call the token counts that only other names than the conventions' have: of those of a dialect, the provider's and
// plain ones the first that there are. It finds what they leave out.
func (f *foreign) fillUsage(c *Call) {
	own, u := c.Usage, &c.Usage
	if f.veADK {
		f.call.Usage.CacheWrite = Count{}
	}
	u.fill(&f.call.Usage)
	f.lack = f.findLack(c, &own)
	parts := f.api
	parts.Input, parts.Output = Count{}, Count{}
	u.fill(&parts)
	u.fill(&f.plain.usage)
}

// findLack goes by the instrumentation. Wholes are made once, however many processors a span passes: they leave the counts in the
// conventions' names, where the instrumentations that matter here have none of their own, and the source of a cost.
func (f *foreign) findLack(c *Call, own *Usage) lack {
	u := &c.Usage
	l := lack{
		cache: u.Input == f.api.Input || !u.Input.Known || // so that there is none but Claude Code's
			f.aiSDK4 && !u.CacheRead.Known || f.bareMLflow && !own.CacheRead.Known && !own.CacheWrite.Known,
		reasoning: u.Output.Known && u.Output == f.api.Output || f.bareADK && !own.Reasoning.Known,
	}
	thoughts := f.plain.usage.Reasoning.Known && !own.Reasoning.Known
	l.cache = l.cache || f.raw == rawApart && c.Cost.Source == ""
	if c.Cost.Source == "" && (f.isRaw(c, own) || thoughts || f.rig && !own.Reasoning.Known) {
		provider := c.Provider
		if f.strands {
			provider = strandsAgents
		}
		api := lackOfAPI(provider, cmp.Or(c.ResponseModel, c.RequestModel)) // the request may have an alias
		l.cache = l.cache || api.cache && !thoughts
		l.reasoning = l.reasoning || api.reasoning && !f.total.Known // which shows it: some of Google's models include it
	}
	return l
}

// isRaw tells whether the call's counts are as the provider's API has them. It is given those in the conventions' names.
func (f *foreign) isRaw(c *Call, own *Usage) bool {
	switch f.raw {
	case rawAll:
		return true
	case rawMessages:
		return slices.ContainsFunc(c.FinishReasons, isStopReason)
	case rawAnthropic:
		return c.Provider == ProviderAnthropic
	case rawOldNames:
		return !own.CacheRead.Known && !own.CacheWrite.Known
	}
	return false
}

// isStopReason knows Anthropic's reasons, which other APIs have other words for.
func isStopReason(reason string) bool {
	switch reason {
	case "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded":
		return true
	}
	return false
}

// complete makes wholes of counts that are known to lack parts, and then of those that show it.
func (u *Usage) complete(known lack, total Count, gemini bool) {
	u.add(known)
	if !u.Input.Known {
		return
	}
	u.add(u.shownLack(total))
	if gemini && u.Possible() {
		u.findThoughts(total)
	}
}

func (u *Usage) add(l lack) {
	if !u.Possible() {
		return
	}
	if l.cache && u.Input.Known {
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
	if l.reasoning && u.Output.Known {
		u.Output.N += u.Reasoning.N
	}
}

// shownLack finds what the total of input and output has beyond them, and parts that are more than their whole.
func (u *Usage) shownLack(total Count) (l lack) {
	cached, reasoning := u.CacheRead.N+u.CacheWrite.N, u.Reasoning.N
	if total.Known && u.Output.Known {
		switch total.N - u.Input.N - u.Output.N {
		case 0:
		case cached:
			l.cache = true
		case reasoning:
			l.reasoning = true
		case cached + reasoning:
			l = lack{true, true}
		}
	}
	return lack{l.cache || cached > u.Input.N, l.reasoning || reasoning > u.Output.N}
}

// findThoughts finds the reasoning of Gemini's models that stands nowhere but in the total.
func (u *Usage) findThoughts(total Count) {
	rest := total.N - u.Input.N - u.Output.N
	if total.Known && total.N <= TokensMax && u.Output.Known && !u.Reasoning.Known && rest > 0 {
		u.Reasoning = Known(rest)
		u.Output.N += rest
	}
}
