package genai

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

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
var rawScopes = byWord(map[rawness][]string{
	rawAll: {
		"agent_framework", "opentelemetry.instrumentation.ag2", "opentelemetry.instrumentation.ag2.beta",
		"opentelemetry.instrumentation.bedrock", "opentelemetry.instrumentation.genai.agno",
		"opentelemetry.instrumentation.genai.bedrock", "org.springframework.boot", "pipecat", "req_llm", "tracy", "trpc.agent.go",
		"openinference.instrumentation.agno", "openinference.instrumentation.pipecat",
		"@arizeai/openinference-instrumentation-bedrock", "openlit.instrumentation.anthropic", "openlit.instrumentation.bedrock",
		"openlit.instrumentation.google_ai_studio", "@openlit/instrumentation-anthropic", "@openlit/instrumentation-bedrock",
		"@openlit/instrumentation-google-ai",
	},
	rawMessages:  {"envoyproxy/ai-gateway"},
	rawAnthropic: {"agentscope"},
	rawOldNames:  {"strands.telemetry.tracer"},
})

// strandsAgents is what Strands says for a provider.
const strandsAgents = "strands-agents"

// isStrands knows Strands for JavaScript, whose scope and provider have the name of the service, which may be any.
func isStrands(scope string, span ptrace.Span, provider string) bool {
	return scope != "" && scope == provider && span.Name() == string(OperationChat)
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
