package openai

import (
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// responseAnswer is what the events of a response amount to. Its items are gathered as the events bring them. The
// output of the terminal event's response, where it has one, takes their place, as it is the ordinary answer.
type responseAnswer struct {
	answer.Answer
	usage          usage
	items          items
	spare          items  // memory for the next output
	status, reason string // reason is why the response is incomplete
	background     bool   // the model goes on when nobody listens
	form           responsesForm
	echo           responseEcho
}

// whole folds an answer that is one response object.
func (a *responseAnswer) whole(_ []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	if output, _ := a.object(r, &failure); len(output) > 0 {
		a.take(output)
	}
	a.fail(&failure)
	return true
}

// responseEvent is what an event of a stream holds. Its slices share memory with the body.
type responseEvent struct {
	kind, itemID []byte
	// output, content and summary are places: of the item, of a part of its content or of its summary.
	output, content, summary int
	item                     item
	part                     part
	delta, done              []byte // done is a text that is complete
	sequence                 int64
	// What the event has, of what it must have.
	hasType, hasSequence, hasContent, hasDelta, hasDone, hasPart, hasItem, hasResponse, hasOutput bool
}

// event folds an event of a stream.
func (a *responseAnswer) event(name []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	var final items
	e := responseEvent{kind: name, output: noIndex}
	for key := range r.Object {
		switch string(key) {
		case "type":
			e.kind, e.hasType = r.Text(), true
		case "output_index":
			e.output = r.Index(noIndex)
		case "sequence_number":
			e.sequence, e.hasSequence = r.Int()
		case "content_index":
			e.hasContent = r.Kind() == jsonscan.Number
			e.content = r.Index(0)
		case "summary_index":
			e.summary = r.Index(0)
		case "item_id":
			e.itemID = r.Text()
		case "item":
			e.hasItem = r.Kind() == jsonscan.Object
			e.item = readItem(r)
		case "part":
			e.hasPart = r.Kind() == jsonscan.Object
			e.part = readPart(r)
		case "delta":
			e.hasDelta = r.Kind() != jsonscan.Null
			e.delta = r.Text()
		case "text", "refusal", "arguments", "input", "transcript":
			if r.Kind() == jsonscan.String {
				e.done, e.hasDone = r.Text(), true
			}
		case "response":
			e.hasResponse = r.Kind() == jsonscan.Object
			final, e.hasOutput = a.object(r, &failure)
		default:
			failure.Member(key, r)
		}
	}
	if string(e.kind) == "error" || string(name) == "error" {
		failure.Flat()
	}
	switch {
	case len(final) > 0 && (r.Err() == nil || len(a.items) == 0):
		a.form.flaws.AddIf(len(a.items) > 0 && !a.items.same(final), genai.FlawFinalDiffers)
		a.form.flaws.AddIf(len(a.items) == len(final) && a.items.misplaced(), genai.FlawNoOutputIndex)
		a.take(final)
	case string(e.kind) == "response.completed" && e.hasResponse && r.Err() == nil:
		a.form.flaws.AddIf(len(a.items) > 0, genai.FlawFinalDiffers)
	}
	a.fail(&failure)
	a.form.event(name, &e, len(e.kind) == 0 && a.Failed)
	return a.fold(&e)
}

// take lets an output take the place of the items.
func (a *responseAnswer) take(output items) { a.items, a.spare = output, a.items[:0] }

// fail takes an error in. A response may also fail without one.
func (a *responseAnswer) fail(failure *apierror.Collector) {
	if a.status == "failed" {
		failure.Flat()
	}
	a.Fail(failure)
}

// object reads a response and gives its output, and whether it has one.
func (a *responseAnswer) object(r *jsonscan.Reader, failure *apierror.Collector) (output items, found bool) {
	for key := range r.Object {
		switch string(key) {
		case "id":
			id := r.Whole()
			answer.KeepFirst(&a.ID, id)
			a.form.flaws.AddIf(len(id) > 0 && a.ID != jsonscan.Name(id), genai.FlawIDChanges)
		case "model":
			answer.KeepFirst(&a.Model, r.Whole())
		case "service_tier":
			if tier := r.Name(); tier != "" {
				a.Tier = tier // the first event says auto, the last what it came to
			}
		case "status":
			if status := r.Name(); status != "" {
				a.status = status
			}
		case "background":
			a.background = r.True()
		case "incomplete_details":
			for range r.Named("reason") {
				a.reason = r.Name()
			}
		case "output":
			found = r.Kind() == jsonscan.Array
			output = a.output(r)
		case "usage":
			a.usage.read(r)
		case "object":
			if string(r.Text()) == "error" {
				failure.Flat()
			}
		default:
			a.echo.read(key, r)
			failure.Member(key, r)
		}
	}
	return output, found
}

// output reads a list of items. It is valid until the next one is read, unless it is taken.
func (a *responseAnswer) output(r *jsonscan.Reader) items {
	a.spare = a.spare[:0]
	for i := range r.Array {
		if i >= itemsMax {
			a.Cut = true
			continue
		}
		a.spare = append(a.spare, readItem(r))
		a.spare[i].index = i
	}
	return a.spare
}

// fold takes an event in: its kind says what and where.
func (a *responseAnswer) fold(e *responseEvent) (piece bool) {
	kind, ok := strings.CutPrefix(eventName(e.kind), "response.")
	if !ok {
		return false
	}
	switch kind {
	case "completed", "failed", "incomplete", "cancelled":
		a.Ended = true
		if a.status == "" || a.status == "in_progress" {
			a.status = kind
		}
	case "output_item.added", "output_item.done":
		if it := a.items.find(e); it != nil {
			it.replace(&e.item)
			return false
		}
		a.Cut = true
	case "output_text.delta", "output_text.done":
		return a.text(e, partText, e.content)
	case "refusal.delta", "refusal.done":
		return a.text(e, partRefusal, e.content)
	case "reasoning_text.delta", "reasoning_text.done", "reasoning.delta", "reasoning.done":
		return a.text(e, partReasoning, e.content)
	case "reasoning_summary_text.delta", "reasoning_summary_text.done":
		return a.text(e, partSummary, e.summary)
	case "content_part.done":
		e.done = e.part.text
		return e.part.kind != partNone && a.text(e, e.part.kind, e.content)
	case "function_call_arguments.delta", "function_call_arguments.done",
		"custom_tool_call_input.delta", "custom_tool_call_input.done":
		return a.arguments(e)
	case "mcp_call_arguments.delta", "code_interpreter_call_code.delta", "shell_call_command.delta",
		"apply_patch_call_operation_diff.delta": // what the model writes for tools that the server runs
		return e.hasDelta
	case "audio.delta", "audio.transcript.delta", "image_generation_call.partial_image":
		return true
	}
	return false
}

// putOutput makes the one choice of the answer out of the items.
func (a *responseAnswer) putOutput() {
	finish := a.finish()
	if len(a.items) == 0 && finish == "" {
		return
	}
	a.Regather()
	c := a.Choice(0)
	c.Finish = finish
	a.items.sort()
	for i := range a.items {
		it := &a.items[i]
		a.Cut = a.Cut || it.cut
		if it.kind == "message" {
			c.LastMessage = len(c.Text)
		}
		for j := range it.parts {
			p := &it.parts[j]
			c.Logprobs = c.Logprobs || p.logprobs
			switch {
			case p.kind == partText:
				a.Append(&c.Text, p.text)
			case p.kind == partRefusal:
				a.Append(&c.Refusal, p.text)
			case p.kind == partReasoning, !it.has(partReasoning): // a summary serves where the reasoning is not shown
				a.Append(&c.Reasoning, p.text)
			}
		}
		a.putItem(c, it)
	}
}

func (a *responseAnswer) putItem(c *answer.Choice, it *item) {
	switch {
	case it.kind == "function_call", it.kind == "custom_tool_call", it.kind == "" && len(it.arguments) > 0:
		call := a.NewCall(c)
		if call == nil {
			return
		}
		call.Index, call.ID, call.Name, call.NotText = it.index, it.callID, it.name, it.notText
		if it.kind == "custom_tool_call" {
			call.Kind = "custom"
		}
		c.Other = c.Other || it.byProgram
		a.Append(&call.Arguments, it.arguments)
	case it.kind == "message", it.kind == "reasoning", it.kind == "":
		c.Hidden = c.Hidden || it.encrypted
	default:
		c.Other = true
		a.usage.HostedTools = a.usage.HostedTools || chargedByUse[it.kind]
	}
}

// chargedByUse are the items of tools that OpenAI charges for besides the tokens of the answer; those of xAI have the same names.
var chargedByUse = map[string]bool{
	"web_search_call": true, "x_search_call": true, "file_search_call": true, "code_interpreter_call": true, "image_generation_call": true,
}

// finish gives why the answer ended: the reason why it is incomplete, or its status; empty while it has not ended.
func (a *responseAnswer) finish() string {
	switch a.status {
	case "", "queued", "in_progress":
		return ""
	case "incomplete":
		if a.reason != "" {
			return a.reason
		}
	}
	return a.status
}
