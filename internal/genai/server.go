package genai

import "strings"

// modelServers are those that say who they are by these names, some by others than they have as providers.
var modelServers = [][2]string{
	{"llama.cpp", ProviderLlamaCpp}, {"vllm", ProviderVLLM}, {"sglang", ProviderSGLang}, {"ollama", ProviderOllama},
	{"lmstudio", ProviderLMStudio}, {"lm studio", ProviderLMStudio}, {"tgi", ProviderTGI}, {"text-generation-inference", ProviderTGI},
}

// ServerOf gives the model server whose name a Server header or a version begins with, by the name that it has as a provider. It is
// empty for gateways and libraries.
func ServerOf(announced []byte) string {
	for _, one := range modelServers {
		if name := one[0]; len(announced) >= len(name) && strings.EqualFold(string(announced[:len(name)]), name) {
			return one[1]
		}
	}
	return ""
}
