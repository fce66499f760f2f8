package openai

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
)

// choicesMax bounds the choices of an answer that are kept.
const choicesMax = 128

// answer is what the chunks of an answer amount to. A whole answer is a stream of one chunk, so that both forms come
// to the same Call by the same way.
type answer struct {
	id, model, fingerprint, tier string
	choices                      []choice
	usage                        usage
	failed                       bool
	failure                      apierror.Error
	cut                          bool // a limit left something out
}

type choice struct {
	index                    int
	text, reasoning, refusal []byte
	calls                    []call
	finish                   string
	logprobs                 bool
}

type call struct {
	index          int
	id, name, kind string
	arguments      []byte
	notText        bool
}

// fold takes a chunk in. It tells whether the chunk brought a piece of the answer: text, reasoning, a refusal, audio or
// a part of a tool call; a role, a finish reason or usage is none. failed tells that the HTTP status is an error.
func (a *answer) fold(c *chunk, failed bool) (piece bool) {
	keepFirst(&a.id, c.id)
	keepFirst(&a.model, c.model)
	keepFirst(&a.fingerprint, c.fingerprint)
	keepFirst(&a.tier, c.tier)
	if c.failure.Found(failed) {
		a.failed, a.failure = true, c.failure.Error
	}
	a.cut = a.cut || c.cut
	for i := range c.deltas {
		d := &c.deltas[i]
		if d.index < 0 || d.index >= choicesMax {
			a.cut = true
			continue
		}
		if a.choice(d.index).fold(a, d) {
			piece = true
		}
	}
	return piece
}

// keepFirst sets what is not set; Azure's first chunk has empty names.
func keepFirst(field *string, value []byte) {
	if *field == "" && len(value) > 0 {
		*field = asName(value)
	}
}

func (a *answer) choice(index int) *choice {
	for i := range a.choices {
		if a.choices[i].index == index {
			return &a.choices[i]
		}
	}
	a.choices = append(a.choices, choice{index: index})
	return &a.choices[len(a.choices)-1]
}

func (c *choice) fold(a *answer, d *delta) (piece bool) {
	c.text = foldText(c.text, d.content, d.whole)
	c.reasoning = foldText(c.reasoning, d.reasoning, d.whole)
	c.refusal = foldText(c.refusal, d.refusal, d.whole)
	if d.whole && len(d.calls) > 0 {
		c.calls = nil
	}
	c.logprobs = c.logprobs || d.logprobs
	a.cut = a.cut || d.cut
	if len(d.finish) > 0 {
		c.finish = asName(d.finish)
	}
	for i := range d.calls {
		if !c.foldCall(&d.calls[i]) {
			a.cut = true
		}
	}
	return len(d.content) > 0 || len(d.reasoning) > 0 || len(d.refusal) > 0 || len(d.calls) > 0 || d.audio
}

// foldText appends a delta's text; that of a whole message takes the place of what came before.
func foldText(before, text []byte, whole bool) []byte {
	if whole && len(text) > 0 {
		before = before[:0]
	}
	return append(before, text...)
}

// foldCall takes a part of a tool call in; it is false when there are too many.
func (c *choice) foldCall(d *callDelta) bool {
	target := c.find(d)
	if target == nil {
		if len(c.calls) >= toolsMax {
			return false
		}
		c.calls = append(c.calls, call{index: d.index, kind: "function"})
		target = &c.calls[len(c.calls)-1]
	}
	if len(d.id) > 0 {
		target.id = asName(d.id)
	}
	if len(d.kind) > 0 {
		target.kind = asName(d.kind)
	}
	if len(d.name) > 0 && target.name != string(d.name) { // some repeat the name in each part, few send it in pieces
		target.name = asName(append([]byte(target.name), d.name...))
	}
	target.arguments = append(target.arguments, d.arguments...)
	target.notText = target.notText || d.notText
	return true
}

// find gives the call that a part continues. A new id begins a new call, also where the server counts all calls as 0
// or gives no index.
func (c *choice) find(d *callDelta) *call {
	for i := len(c.calls) - 1; i >= 0; i-- {
		have := &c.calls[i]
		if d.index != noIndex && have.index != d.index {
			continue
		}
		if len(d.id) > 0 && have.id != "" && have.id != string(d.id) {
			if d.index == noIndex || len(d.name) > 0 {
				return nil
			}
		}
		return have
	}
	return nil
}

// putChoices writes the choices, by index, into call and its detail.
func (a *answer) putChoices(out *genai.Call) {
	slices.SortStableFunc(a.choices, func(x, y choice) int { return x.index - y.index })
	finished := false
	for i := range a.choices {
		c := &a.choices[i]
		finished = finished || c.finish != ""
		out.FinishReasons = append(out.FinishReasons, c.finish)
		out.Detail.Choices = append(out.Detail.Choices, c.detail())
		for j := range c.calls {
			out.ToolCalls++
			if len(out.ToolNames) < toolsMax {
				out.ToolNames = append(out.ToolNames, c.calls[j].name)
			}
		}
	}
	if !finished {
		out.FinishReasons = nil
	}
	for i, reason := range out.FinishReasons {
		if reason == "" {
			out.FinishReasons[i] = "error" // as the conventions want it where a choice did not finish
		}
	}
}

func (c *choice) detail() genai.Choice {
	out := genai.Choice{
		Index: c.index, Text: string(c.text), Reasoning: string(c.reasoning), Refusal: string(c.refusal),
		FinishReason: c.finish, Logprobs: c.logprobs,
	}
	for i := range c.calls {
		k := &c.calls[i]
		out.ToolCalls = append(out.ToolCalls, genai.ToolCall{
			ID: k.id, Name: k.name, Kind: k.kind, Arguments: string(k.arguments), ArgumentsNotText: k.notText,
		})
	}
	return out
}

// finished tells whether there are choices and each has a finish reason.
func (a *answer) finished() bool {
	return len(a.choices) > 0 && !slices.ContainsFunc(a.choices, func(c choice) bool { return c.finish == "" })
}

// output gives all that the model wrote.
func (a *answer) output() []byte {
	var all [][]byte
	for i := range a.choices {
		c := &a.choices[i]
		all = append(all, c.text, c.reasoning, c.refusal)
		for j := range c.calls {
			all = append(all, []byte(c.calls[j].name), c.calls[j].arguments)
		}
	}
	return bytes.Join(all, nil)
}
