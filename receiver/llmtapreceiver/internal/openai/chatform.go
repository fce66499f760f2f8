package openai

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
)

// chatForm watches whether the chunks of an answer come in the form that the API defines. It is the only place where
// that is looked at; see genai.Flaw for what it notes.
type chatForm struct {
	call        *genai.Call
	flaws       *genai.Flaws
	object      string // that chunks of the API have; empty where any will do
	id, model   []byte
	created     int64
	choices     []choiceForm
	indexless   int // parts of tool calls without index
	indexedFrom int // the lowest index of a tool call
}

type choiceForm struct {
	index    int
	finished bool
	output   int64 // tokens, as last reported beside it
	calls    []callForm
}

type callForm struct {
	index int
	id    []byte
	named bool
}

// begin makes ready for an answer. The memory of the one before is used again.
func (f *chatForm) begin(call *genai.Call) {
	*f = chatForm{
		call: call, flaws: &call.Detail.Flaws, object: "chat.completion.chunk",
		id: f.id[:0], model: f.model[:0], choices: f.choices[:0],
	}
	switch {
	case call.Provider == genai.ProviderMistral:
		f.object = ""
	case call.Operation == genai.OperationTextCompletion:
		f.object = "text_completion"
	}
}

// chunk takes in a chunk of a stream; a whole answer has no form to watch but the name of its reasoning. output is the
// count of output tokens that was reported last.
func (f *chatForm) chunk(name []byte, c *chunk, output int64) {
	for i := range c.deltas {
		f.flaws.AddIf(c.deltas[i].oldField, genai.FlawReasoningDiffer)
	}
	failure := c.failure
	if !f.call.Stream || failure.Found(false) {
		return
	}
	f.flaws.AddIf(len(name) > 0, genai.FlawEventName)
	f.flaws.AddIf(!c.hasChoices, genai.FlawNoChoices)
	f.flaws.AddIf(c.hasUsage && len(c.deltas) > 0, genai.FlawUsageWithChoices)
	f.names(c)
	for i := range c.deltas {
		f.delta(&c.deltas[i])
	}
	if c.hasUsage {
		f.counts(c, output)
	}
}

// counts judges a count of output tokens: beside a choice vLLM and others count those of that choice, else those of all.
func (f *chatForm) counts(c *chunk, output int64) {
	if c.isOfLlamaChoice() {
		return
	}
	for i := range f.choices {
		choice := &f.choices[i]
		if len(c.deltas) == 1 && c.deltas[0].index != choice.index {
			continue
		}
		f.flaws.AddIf(output < choice.output, genai.FlawUsageFalls)
		choice.output = output
	}
}

// names judges what all chunks must have alike. Azure's chunks about its filter have empty names, and Perplexity calls
// its last one chat.completion.done.
func (f *chatForm) names(c *chunk) {
	empty := len(c.object) == 0 && !slices.ContainsFunc(c.deltas, func(d delta) bool { return !d.isOfFilter() })
	f.flaws.AddIf(!empty && f.object != "" && string(c.object) != f.object && string(c.object) != "chat.completion.done", genai.FlawObject)
	f.flaws.AddIf(!empty && len(c.id) == 0, genai.FlawNoID)
	f.flaws.AddIf(differs(&f.id, c.id), genai.FlawIDChanges)
	f.flaws.AddIf(differs(&f.model, c.model), genai.FlawModelChanges)
	f.flaws.AddIf(f.created != 0 && c.created != 0 && f.created != c.created, genai.FlawCreatedChanges)
	f.created = max(f.created, c.created)
}

// isOfFilter tells that a choice says no more than what a filter found, which may end it.
func (d *delta) isOfFilter() bool {
	return !d.says() && !d.hasDelta && (len(d.finish) == 0 || string(d.finish) == "content_filter")
}

// differs tells whether a name is another than the first one, which it keeps.
func differs(first *[]byte, name []byte) bool {
	if len(name) == 0 {
		return false
	}
	if len(*first) == 0 {
		*first = append((*first)[:0], name...)
	}
	return !bytes.Equal(*first, name)
}

func (f *chatForm) delta(d *delta) {
	f.flaws.AddIf(!d.hasIndex, genai.FlawNoChoiceIndex)
	if !d.hasDelta && len(d.finish) == 0 {
		return
	}
	c, first := f.choice(d.index)
	if c == nil {
		return
	}
	f.flaws.AddIf(first && !d.hasRole && !d.whole && !d.isOfFilter(), genai.FlawNoRole)
	piece := len(d.content) > 0 || len(d.reasoning) > 0 || len(d.calls) > 0
	f.flaws.AddIf(c.finished && piece && !d.whole, genai.FlawDeltaAfterFinish)
	f.flaws.AddIf(c.finished && len(d.finish) > 0, genai.FlawTwoFinishReasons)
	c.finished = c.finished || len(d.finish) > 0
	if d.whole {
		return
	}
	for i := range d.calls {
		if call := &d.calls[i]; call.index != legacyIndex {
			f.part(c, call)
		}
	}
}

func (f *chatForm) choice(index int) (c *choiceForm, first bool) {
	for i := range f.choices {
		if f.choices[i].index == index {
			return &f.choices[i], false
		}
	}
	if index < 0 || len(f.choices) >= choicesWatchedMax {
		return nil, false
	}
	f.choices = append(f.choices, choiceForm{index: index})
	return &f.choices[len(f.choices)-1], true
}

// Limits of what is watched.
const (
	choicesWatchedMax = 128
	callsWatchedMax   = 1024
)

// part judges a part of a tool call.
func (f *chatForm) part(c *choiceForm, d *callDelta) {
	if d.index == noIndex {
		f.indexless++
		f.flaws.AddIf(len(d.name) > 0 && len(d.kind) == 0, genai.FlawToolKind)
		return
	}
	for i := range c.calls {
		if call := &c.calls[i]; call.index == d.index {
			f.again(call, d)
			return
		}
	}
	if len(c.calls) >= callsWatchedMax {
		return
	}
	if len(c.calls) == 0 {
		f.indexedFrom = max(f.indexedFrom, d.index)
	}
	f.flaws.AddIf(len(c.calls) > 0 && d.index != c.calls[len(c.calls)-1].index+1 || d.index > 1 && len(c.calls) == 0,
		genai.FlawToolIndex)
	f.flaws.AddIf(len(d.id) == 0 || len(d.name) == 0, genai.FlawToolFirst)
	f.flaws.AddIf(len(d.kind) == 0, genai.FlawToolKind)
	c.calls = append(c.calls, callForm{index: d.index, id: bytes.Clone(d.id), named: len(d.name) > 0})
}

// again judges a part of a tool call that has begun.
func (f *chatForm) again(call *callForm, d *callDelta) {
	f.flaws.AddIf(call.named && len(d.name) > 0 || len(call.id) > 0 && len(d.id) > 0, genai.FlawToolRepeats)
	call.named = call.named || len(d.name) > 0
	f.flaws.AddIf(len(d.arguments) > 0 && !call.named, genai.FlawToolIndex)
	f.flaws.AddIf(differs(&call.id, d.id), genai.FlawToolIndex)
}

// end judges what only the whole stream shows. Where there is but one tool call, a missing index confuses nobody; nor
// does one that begins at 1, as xAI's do.
func (f *chatForm) end() {
	if !f.call.Stream {
		return
	}
	if f.indexless > 0 {
		f.flaws.AddIf(f.call.ToolCalls > 1, genai.FlawToolIndex)
		f.flaws.Add(genai.FlawToolIndexSingle)
	}
	f.flaws.AddIf(f.indexedFrom > 0, genai.FlawToolIndexSingle)
}
