package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// choicesAnswer is what the chunks of an answer amount to. A whole answer is a stream of one chunk, so that both forms
// come to the same Call by the same way.
type choicesAnswer struct {
	answer.Answer
	usage usage
	moved bool // parts of one call have several indices
	// repeats has those of each choice, by its index.
	repeats []choiceRepeats
}

// fold takes a chunk in. It tells whether the chunk brought a piece of the answer.
func (a *choicesAnswer) fold(c *chunk) (piece bool) {
	answer.KeepFirst(&a.ID, c.id)
	answer.KeepFirst(&a.Model, c.model)
	answer.KeepFirst(&a.Fingerprint, c.fingerprint)
	answer.KeepFirst(&a.Tier, c.tier)
	a.Fail(&c.failure)
	a.Cut = a.Cut || c.cut
	for i := range c.deltas {
		d := &c.deltas[i]
		if choice := a.Choice(d.index); choice != nil && a.foldDelta(choice, d) {
			piece = true
		}
	}
	return piece
}

// brokenOff are finish reasons by which a server says, under the status 200 and often without an error object, that it
// broke the answer off.
var brokenOff = map[string]bool{
	"abort": true, "error": true, // vLLM, SGLang and LMDeploy, when they shut down, say; OpenRouter
	"timeout":                      true, // TensorRT-LLM
	"insufficient_system_resource": true, // DeepSeek
	"network_error":                true, // Zhipu
	"recover_stop":                 true, // FastDeploy
}

// failByReason takes a finish reason that stands for an error as one.
func failByReason(a *answer.Answer) {
	for i := range a.Choices {
		if reason := a.Choices[i].Finish; !a.Failed && brokenOff[reason] {
			a.Failed, a.Failure = true, apierror.Error{Code: reason}
		}
	}
}

func (a *choicesAnswer) foldDelta(c *answer.Choice, d *delta) (piece bool) {
	a.watch(c, d)
	a.foldText(&c.Text, d.content, d.whole)
	a.foldText(&c.Reasoning, d.reasoning, d.whole)
	a.foldText(&c.Refusal, d.refusal, d.whole)
	if d.whole && len(d.calls) > 0 {
		a.DropCalls(c)
	}
	c.Logprobs = c.Logprobs || d.logprobs
	c.LogprobTokens += d.tokens
	c.LogprobAlternatives = max(c.LogprobAlternatives, d.alternatives)
	c.Hidden = c.Hidden || d.hidden
	c.Other = c.Other || d.media
	a.Cut = a.Cut || d.cut
	foldFinish(c, d)
	for i := range d.calls {
		a.foldCall(c, &d.calls[i], d.whole)
	}
	return d.says()
}

// foldFinish takes what ended a choice. A null that stands in the chunks before, too, says nothing of it: KServe writes all that it does
// not know as null.
func foldFinish(c *answer.Choice, d *delta) {
	none := d.stop == genai.StopItself
	if none && c.NoStopTold {
		d.stop = genai.StopUntold
	}
	c.NoStopTold = c.NoStopTold || none
	if len(d.finish) > 0 {
		c.Finish, c.Stop = jsonscan.Name(d.finish), d.stop
	}
}

// foldText appends a delta's text; that of a whole message takes the place of what came before.
func (a *choicesAnswer) foldText(field *[]byte, text []byte, whole bool) {
	if whole && len(text) > 0 {
		a.Replace(field, text)
	} else {
		a.Append(field, text)
	}
}

// foldCall takes a part of a tool call in. inMessage tells that it is of a message, where each is a call of its own.
func (a *choicesAnswer) foldCall(c *answer.Choice, d *callDelta, inMessage bool) {
	var target *answer.ToolCall
	if !inMessage || d.index == legacyIndex {
		target = find(c, d)
	}
	whole := d.isWhole()
	if target == nil || whole && target.AtOnce {
		if target = a.NewCall(c); target == nil {
			return
		}
		target.Index, target.AtOnce = d.index, whole
		if d.index == legacyIndex {
			target.Kind = "function_call" // has no id
		}
	}
	if d.index >= 0 && target.Index != d.index {
		target.Index, a.moved = d.index, true
	}
	if len(d.id) > 0 {
		target.ID = jsonscan.Name(d.id)
	}
	if len(d.kind) > 0 {
		target.Kind = jsonscan.Name(d.kind)
	}
	extendName(&target.Name, d.name)
	target.AtOnce = target.AtOnce && len(target.Arguments) == 0
	a.Append(&target.Arguments, d.arguments)
	target.NotText = target.NotText || d.notText
}

// extendName takes a part of a name in: some repeat the name in each part, few send it in pieces.
func extendName(name *string, part []byte) {
	if len(part) > 0 && len(*name) < jsonscan.NameBytesMax && *name != string(part) {
		*name = jsonscan.Name(append([]byte(*name), part...))
	}
}

// isWhole tells that a part is a call of its own: Gemini sends whole calls, each of index 0 and without an id.
func (c *callDelta) isWhole() bool {
	return len(c.id) == 0 && len(c.name) > 0 && isValue(c.arguments)
}

// isValue tells whether a text is one JSON value.
func isValue(text []byte) bool {
	r := jsonscan.New(text)
	r.Skip()
	return r.Err() == nil && len(r.Rest()) == 0
}

// movesOn tells that a part continues a call of its id under another index: LocalAI counts parts instead of calls. One whose
// arguments are all there is another call, whatever its id.
func (c *callDelta) movesOn(have *answer.ToolCall) bool {
	return len(c.id) > 0 && have.ID == string(c.id) && c.index != noIndex && have.Index != c.index &&
		(len(c.name) == 0 || have.Name == string(c.name)) && !have.ArgumentsClosed()
}

// goesOn tells that a part with an id and name of its own continues a call of the same index all the same: vLLM before
// 0.8 gives both to each part of the call of a tool that tool_choice names, another id each time. A new call's arguments
// are an object that begins where one has ended.
func (c *callDelta) goesOn(have *answer.ToolCall) bool {
	if have.Name != string(c.name) || len(have.Arguments) == 0 {
		return false
	}
	ended := have.Arguments[len(have.Arguments)-1] == '}'
	part := bytes.TrimLeft(c.arguments, " \t\r\n")
	if !ended || len(part) > 0 && part[0] != '{' {
		have.Extended = true
		return true
	}
	return len(part) == 0 && have.Extended
}

// find gives the call that a part continues. A new id begins a new call, also where the server counts all calls as 0
// or gives no index.
func find(c *answer.Choice, d *callDelta) *answer.ToolCall {
	for i := len(c.Calls) - 1; i >= 0; i-- {
		have := &c.Calls[i]
		if d.movesOn(have) {
			return have
		}
		if d.index != noIndex && have.Index != d.index {
			continue
		}
		if len(d.id) > 0 && have.ID != "" && have.ID != string(d.id) {
			if d.index == noIndex || len(d.name) > 0 && !d.goesOn(have) {
				return nil
			}
		}
		return have
	}
	return nil
}
