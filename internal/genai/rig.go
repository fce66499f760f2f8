package genai

// completeRig makes wholes of rig's counts, which are as the APIs have them: the input of Anthropic and Bedrock lacks the cache's parts,
// the output of Google the reasoning.
func (c *Call) completeRig() {
	u := &c.Usage
	if !u.Possible() || !u.Input.Known || !u.Output.Known {
		return
	}
	switch knownProvider(c.Provider) {
	case "anthropic", "aws.bedrock":
		u.Input.N += u.CacheRead.N + u.CacheWrite.N
	case "gcp.gemini":
		u.Output.N += u.Reasoning.N
	}
}
