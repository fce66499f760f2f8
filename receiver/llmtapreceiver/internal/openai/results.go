package openai

import (
	"slices"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// results are those of the prompts of one request, each counted by itself.
type results struct {
	prompts   int
	perPrompt int // how many each prompt has
	all       []result
	first     [1]result
}

// resultsOf is for those of a call whose request was read.
func resultsOf(call *genai.Call) results {
	r := results{prompts: 1, perPrompt: max(1, call.Detail.ChoiceCount)}
	if call.Operation == genai.OperationTextCompletion {
		r.prompts = call.Turn
	}
	return r
}

// eachResult reads one result, or a list of them, each with its place. It tells whether any is a piece of the answer.
func eachResult(r *jsonscan.Reader, read func(r *jsonscan.Reader, place int) (piece bool)) (piece bool) {
	if r.Kind() != jsonscan.Array {
		return read(r, 0)
	}
	for place := range r.Array {
		piece = read(r, place) || piece
	}
	return piece
}

// result is what was counted last of a result.
type result struct {
	index                            int
	input, cached, output, reasoning genai.Count
}

// note takes over what is counted now; what is not counted stays as it was.
func (r *results) note(now result) {
	i := slices.IndexFunc(r.all, func(have result) bool { return have.index == now.index })
	if i < 0 {
		if i = len(r.all); i == 0 {
			r.all = r.first[:0]
		}
		r.all = append(r.all, result{index: now.index})
	}
	have := &r.all[i]
	have.input, have.cached = later(have.input, now.input), later(have.cached, now.cached)
	have.output, have.reasoning = later(have.output, now.output), later(have.reasoning, now.reasoning)
}

func later(before, now genai.Count) genai.Count {
	if now.Known {
		return now
	}
	return before
}

// allCame tells that no result is still to come: the server ended the answer, or has begun as many results as were asked for.
// Some servers begin one only when another is done.
func (r *results) allCame(x *exchange.Exchange, begun int) bool {
	return x.End == exchange.Completed || begun >= min(r.perPrompt*max(1, r.prompts), answer.ChoicesMax)
}

// usage adds up the results. A prompt with several of them counts once.
func (r *results) usage() (sum genai.Usage) {
	for i := range r.all {
		this := &r.all[i]
		prompt := this.index / r.perPrompt
		if !slices.ContainsFunc(r.all[:i], func(before result) bool { return before.index/r.perPrompt == prompt }) {
			add(&sum.Input, this.input, i == 0)
			add(&sum.CacheRead, this.cached, i == 0)
		}
		add(&sum.Output, this.output, i == 0)
		add(&sum.Reasoning, this.reasoning, i == 0)
	}
	return sum
}

// add adds a count to a sum, which is known only if all counts are.
func add(sum *genai.Count, count genai.Count, first bool) {
	if !count.Known || !first && !sum.Known {
		*sum = genai.Count{}
		return
	}
	*sum = genai.Known(sum.N + count.N)
}
