package lmstudio

import (
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// chat is what an answer, or the events of one, amount to. All of its output is the one choice of the answer: messages,
// reasoning, and calls of tools, which the server runs itself.
type chat struct {
	answer.Answer
	current int // the call that events are about, of those of the choice
}

const noCall = -1

// whole folds an answer that is one object.
func (c *chat) whole(_ []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	c.object(r, &failure)
	c.Fail(&failure)
	return true
}

// end folds the last members of chat.end.
func (c *chat) end(_ []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	c.object(r, &failure)
	c.Ended = c.Usage.Output.Known
	return false
}

// object reads an answer: what is whole of it where events brought the output before.
func (c *chat) object(r *jsonscan.Reader, failure *apierror.Collector) {
	for key := range r.Object {
		switch string(key) {
		case "model_instance_id":
			answer.KeepFirst(&c.Model, r.Whole())
		case "response_id":
			answer.KeepFirst(&c.ID, r.Whole())
		case "output":
			c.output(r)
		case "stats":
			c.stats(r)
		default:
			failure.Member(key, r)
		}
	}
}

// stats reads the counts, which belong together. Those of the output include the reasoning.
func (c *chat) stats(r *jsonscan.Reader) {
	u := c.Usage
	for key := range r.Object {
		switch string(key) {
		case "input_tokens":
			u.Input = answer.Count(r, u.Input)
		case "total_output_tokens":
			u.Output = answer.Count(r, u.Output)
		case "reasoning_output_tokens":
			u.Reasoning = answer.Count(r, u.Reasoning)
		}
	}
	if r.Err() == nil {
		c.Usage = u
	}
}

// output reads the items of an answer, which take the place of what events brought if they are all there.
func (c *chat) output(r *jsonscan.Reader) {
	if all := *r; len(c.Choices) > 0 {
		if all.Skip(); all.Err() != nil {
			return
		}
	}
	begun := false
	for range r.Array {
		if !begun {
			begun = true
			c.begin()
		}
		var it item
		for key := range r.Object {
			it.readMember(key, r)
		}
		c.add(&it)
	}
}

// begin drops what there is of the output.
func (c *chat) begin() {
	c.Regather()
	choice := c.Choice(0)
	c.DropCalls(choice)
	choice.Text, choice.Reasoning = choice.Text[:0], choice.Reasoning[:0]
	choice.LastMessage, choice.Other = 0, false
	c.current = noCall
}

// item is an item of an output, or what an event says of one.
type item struct {
	kind, content, tool, arguments []byte
	hasArguments                   bool
}

func (it *item) readMember(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "type":
		it.kind = r.Text()
	case "content":
		it.content = r.Text()
	case "metadata": // of a call that is invalid
		for key := range r.Object {
			switch string(key) {
			case "tool_name":
				it.tool = r.Whole()
			case "arguments":
				it.readArguments(r)
			}
		}
	case "tool":
		it.tool = r.Whole()
	case "arguments":
		it.readArguments(r)
	}
}

// readArguments reads an object.
func (it *item) readArguments(r *jsonscan.Reader) {
	if value, _, ok := r.TextOrRaw(); ok {
		it.arguments, it.hasArguments = value, value != nil
	}
}

// add takes an item of an output in.
func (c *chat) add(it *item) {
	choice := c.Choice(0)
	switch string(it.kind) {
	case "message":
		choice.LastMessage = len(choice.Text)
		c.Append(&choice.Text, it.content)
	case "reasoning":
		c.Append(&choice.Reasoning, it.content)
	case "tool_call", "invalid_tool_call":
		c.begins(it)
		c.goesOn(it)
	default:
		choice.Other = true
	}
}

// event folds an event of a stream.
func (c *chat) event(name []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	e := item{kind: name}
	for key := range r.Object {
		switch string(key) {
		case "model_instance_id":
			answer.KeepFirst(&c.Model, r.Whole())
		case "result":
			c.object(r, &failure)
		case "error", "message":
			failure.Member(key, r)
		default:
			e.readMember(key, r)
		}
	}
	if string(e.kind) == "error" {
		failure.Flat()
	}
	c.Fail(&failure)
	return c.fold(&e)
}

// fold takes an event in: its kind says what of. Of the others, some tell how far the model or the prompt is loaded.
func (c *chat) fold(e *item) (piece bool) {
	switch string(e.kind) {
	case "message.start":
		choice := c.Choice(0)
		choice.LastMessage = len(choice.Text)
	case "message.delta":
		c.Append(&c.Choice(0).Text, e.content)
		return len(e.content) > 0
	case "reasoning.delta":
		c.Append(&c.Choice(0).Reasoning, e.content)
		return len(e.content) > 0
	case "tool_call.start":
		c.begins(e)
		return true
	case "tool_call.arguments":
		return c.goesOn(e)
	case "tool_call.success", "tool_call.failure":
		piece = c.goesOn(e)
		c.current = noCall
	case "chat.end":
		c.Ended = true
	}
	return piece
}

// begins takes the beginning of a tool call in.
func (c *chat) begins(it *item) {
	choice := c.Choice(0)
	choice.Other = true
	c.current = noCall
	if call := c.NewCall(choice); call != nil {
		c.current = len(choice.Calls) - 1
		call.Index, call.Name, call.ByServer = c.current, jsonscan.Name(it.tool), true
	}
}

// goesOn takes in what an event says of the call in hand, or of one that had no beginning. It tells whether that is new.
func (c *chat) goesOn(it *item) (piece bool) {
	if c.current == noCall {
		c.begins(it)
		piece = true
	}
	if c.current == noCall { // over the limit
		return piece
	}
	call := &c.Choice(0).Calls[c.current]
	if it.hasArguments {
		piece = piece || len(call.Arguments) == 0
		c.Replace(&call.Arguments, it.arguments)
	}
	return piece
}
