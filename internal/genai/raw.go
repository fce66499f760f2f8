package genai

import "strings"

// rawScopes are instrumentations that leave counts as the provider's API has them: those of Microsoft's agent framework and of Strands, both
// for Python, of AG2, Spring AI (as Micrometer's are named) and Pipecat, OpenInference's of Agno, Pipecat and, in JavaScript, Bedrock,
// OpenTelemetry's own of Agno and Bedrock, OpenLLMetry's of Bedrock, and OpenLIT's of the providers' own clients.
var rawScopes = map[string]bool{
	"agent_framework":                                true,
	"opentelemetry.instrumentation.ag2":              true,
	"opentelemetry.instrumentation.ag2.beta":         true,
	"opentelemetry.instrumentation.bedrock":          true,
	"opentelemetry.instrumentation.genai.agno":       true,
	"opentelemetry.instrumentation.genai.bedrock":    true,
	"org.springframework.boot":                       true,
	"pipecat":                                        true,
	"strands.telemetry.tracer":                       true,
	"openinference.instrumentation.agno":             true,
	"openinference.instrumentation.pipecat":          true,
	"@arizeai/openinference-instrumentation-bedrock": true,
	"openlit.instrumentation.anthropic":              true,
	"openlit.instrumentation.bedrock":                true,
	"openlit.instrumentation.google_ai_studio":       true,
	"@openlit/instrumentation-anthropic":             true,
	"@openlit/instrumentation-bedrock":               true,
	"@openlit/instrumentation-google-ai":             true,
}

// completeRaw makes wholes of counts that are as the provider's API has them, as rig's are, too: the input of Anthropic and Bedrock lacks
// the cache's parts, the output of Google the reasoning, unless a total shows it.
func (c *Call) completeRaw(total Count) {
	u := &c.Usage
	if !u.Possible() || !u.Input.Known || !u.Output.Known {
		return
	}
	switch rawAPI(c) {
	case "gcp.gemini":
		if !total.Known { // some of its models include it
			u.Output.N += u.Reasoning.N
		}
	case "anthropic", "aws.bedrock":
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
}

// rawAPI gives the provider whose API was called: other hosts have Anthropic's and Google's for the models of these. Strands does not say
// the provider.
func rawAPI(c *Call) string {
	provider := providerOf(c.Provider)
	switch provider {
	case "gcp.vertex_ai", "azure.ai.foundry", "azurefoundry", "strands-agents":
		switch {
		case IsGemini(c.RequestModel):
			return "gcp.gemini"
		case strings.HasPrefix(c.RequestModel, "claude"):
			return "anthropic"
		}
	}
	return provider
}
