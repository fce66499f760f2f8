package openai

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
)

// choiceCounts are counts that are each of one choice of several: llama.cpp sends them when that choice ends, and vLLM, SGLang
// and TensorRT-LLM, asked for continuous_usage_stats, with each of its chunks.
type choiceCounts struct {
	results
	continuous bool
}

// note takes in the usage of a chunk, which was read into u. One that is of all choices takes the place of all before it.
func (c *choiceCounts) note(from *chunk, u *usage) {
	if c.prompts <= 1 && c.perPrompt == 1 || !from.hasUsage {
		return
	}
	index := len(c.all)
	switch {
	case from.isOfLlamaChoice(): // which of them, it does not say
	case len(from.deltas) == 1 && (from.hasTimings || c.continuous):
		index = from.deltas[0].index
	default:
		c.all = nil
		return
	}
	if index < answer.ChoicesMax {
		c.results.note(result{index: index, input: u.Input, cached: u.CacheRead, output: u.Output, reasoning: u.Reasoning})
	}
}

// isOfLlamaChoice tells that a chunk has no choice but the counts of one, as llama.cpp's chat sends for each.
func (c *chunk) isOfLlamaChoice() bool { return len(c.deltas) == 0 && c.hasUsage && c.hasTimings }

// sum puts the counts of all choices in the place of those that came last. choices is how many there are: where one of them
// broke off before it was counted, no more is known than the prompt that they share. A stream that is done has broken off nothing:
// what is counted once in it is counted of all.
func (c *choiceCounts) sum(u *usage, choices int, done bool) {
	if len(c.all) == 0 || choices < 2 || len(c.all) == 1 && done {
		return
	}
	all := c.results.usage()
	switch {
	case len(c.all) >= choices:
		u.total.N += all.Input.N + all.Output.N - u.Input.N - u.Output.N
	case c.prompts == 1:
		all.Output, all.Reasoning, u.total = genai.Count{}, genai.Count{}, genai.Count{}
	default:
		all, u.total = genai.Usage{}, genai.Count{}
	}
	u.Input, u.CacheRead, u.Output, u.Reasoning = all.Input, all.CacheRead, all.Output, all.Reasoning
}
