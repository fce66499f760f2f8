package openai

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// isLlama tells whether an answer is in llama.cpp's own form, which it gives at /completions without /v1.
func isLlama(body []byte) bool {
	r := jsonscan.New(body[max(0, bytes.IndexByte(body, '{')):])
	for key := range r.Object {
		switch string(key) {
		case "content", "tokens_predicted":
			return true
		case "object", "choices":
			return false
		}
	}
	return false
}

// readLlamaAnswer reads an answer of one result, of a list of them, or a stream of parts of them. The last part of a
// result says that it stops, unless the request chose other members.
func readLlamaAnswer(x *exchange.Exchange, call *genai.Call) error {
	a := llamaAnswer{results: resultsOf(call)}
	if a.Gather(x, call, a.read, a.read); call.Stream {
		call.Detail.Done = a.Finished() && a.results.allCame(x, len(a.Choices))
		a.Ended = call.Detail.Done || call.Detail.UsageOff && x.End == exchange.Completed
	}
	a.Usage = a.results.usage()
	a.NoOutput = a.textless() && call.Detail.MaxTokens != genai.Known(0) // as requests have that only warm the cache
	err := a.Put(x, call)
	if call.Usage.Source == genai.UsageInjected { // the API knows no such option
		call.Usage.Source = genai.UsageReported
	}
	return err
}

// llamaAnswer is what the results of an answer amount to.
type llamaAnswer struct {
	answer.Answer
	results results
}

func (a *llamaAnswer) read(_ []byte, r *jsonscan.Reader) (piece bool) {
	switch r.Kind() {
	case jsonscan.Object, jsonscan.Array:
		return eachResult(r, a.readPart)
	}
	r.Skip() // null begins a stream of several results
	return false
}

// readPart reads a part of a result. place is that of the result where the request chose members without its index.
func (a *llamaAnswer) readPart(r *jsonscan.Reader, place int) (piece bool) {
	p := llamaPart{index: place}
	for key := range r.Object {
		p.readMember(key, r)
	}
	answer.KeepFirst(&a.Model, p.model)
	if a.Fail(&p.failure); a.Failed {
		return false
	}
	c := a.Choice(p.index)
	if c == nil {
		return false
	}
	a.Append(&c.Text, p.content)
	c.Other = !p.hasContent && len(c.Text) == 0
	switch {
	case len(p.finish) > 0:
		c.Finish = string(p.finish)
	case p.stopped && r.Err() == nil: // else the reason may have been about to come
		c.Finish = "stop"
	}
	if r.Err() == nil { // counts belong together
		a.results.note(result{index: p.index, input: p.evaluated, cached: p.fromCache(), output: p.predicted})
		if timed := p.timed(); timed.Output.Known {
			a.Timed = timed
		}
	}
	return len(p.content) > 0
}

// textless tells that the request chose members without the text.
func (a *llamaAnswer) textless() bool {
	return len(a.Choices) > 0 && !slices.ContainsFunc(a.Choices, func(c answer.Choice) bool { return !c.Other })
}

// llamaPart is what one object says of a result.
type llamaPart struct {
	index                  int
	model, content, finish []byte
	stopped, hasContent    bool
	evaluated, predicted   genai.Count // tokens of the prompt and of the result
	held                   genai.Count // tokens in the cache by now: of the prompt, and of the result without its last one
	shortened              bool        // to what the context holds
	timings                timings
	failure                apierror.Collector
}

func (p *llamaPart) readMember(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "index":
		p.index, _ = choiceIndex(r)
	case "model":
		p.model = r.Whole()
	case "content":
		p.content, p.hasContent = r.Text(), true
	case "stop":
		p.stopped = r.True()
	case "stop_type":
		p.finish = r.Whole()
	case "stopped_eos", "stopped_limit", "stopped_word": // before there was stop_type
		if r.True() {
			p.finish = key[len("stopped_"):]
		}
	case "tokens_evaluated":
		p.evaluated = answer.Count(r, p.evaluated)
	case "tokens_predicted":
		p.predicted = answer.Count(r, p.predicted)
	case "tokens_cached":
		p.held = answer.Count(r, p.held)
	case "truncated":
		p.shortened = r.True()
	case "timings":
		p.timings.read(r)
	default:
		if timing, ok := bytes.CutPrefix(key, []byte("timings/")); ok { // chosen one by one, as llama.vim does
			p.timings.readMember(timing, r)
			return
		}
		p.failure.Member(key, r)
	}
}

// fromCache gives how many tokens of the prompt came from the cache, which older versions tell only by those that did not.
func (p *llamaPart) fromCache() genai.Count {
	t := &p.timings
	if !t.promptFromCache.Known && t.promptNew.Known && p.evaluated.Known {
		return genai.Known(max(0, p.evaluated.N-t.promptNew.N))
	}
	return t.promptFromCache
}

// timed gives the counts of a result that has none of its own because the request chose other members.
func (p *llamaPart) timed() genai.Usage {
	t := &p.timings
	input := genai.Count{N: t.promptNew.N + t.promptFromCache.N, Known: t.promptFromCache.Known}
	if !input.Known && !p.shortened {
		input = genai.Count{N: p.held.N + 1 - t.predicted.N, Known: p.held.Known}
	}
	if !input.Known || !t.promptNew.Known || !t.predicted.Known || input.N < t.promptNew.N {
		return genai.Usage{}
	}
	return genai.Usage{Input: input, CacheRead: genai.Known(input.N - t.promptNew.N), Output: t.predicted}
}
