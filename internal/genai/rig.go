package genai

import "strings"

// scopeAgentFramework is that of spans of Microsoft's agent framework for Python.
const scopeAgentFramework = "agent_framework"

// completeRaw makes wholes of counts that are as the provider's API has them, as rig and Microsoft's agent framework leave them: the input
// of Anthropic and Bedrock lacks the cache's parts, the output of Google the reasoning.
func (c *Call) completeRaw() {
	u := &c.Usage
	if !u.Possible() || !u.Input.Known || !u.Output.Known {
		return
	}
	switch provider := knownProvider(c.Provider); {
	case provider == "gcp.gemini":
		u.Output.N += u.Reasoning.N
	case provider == "anthropic", provider == "aws.bedrock",
		strings.HasPrefix(c.RequestModel, "claude") && (provider == "gcp.vertex_ai" || provider == "azure.ai.foundry"):
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	}
}
