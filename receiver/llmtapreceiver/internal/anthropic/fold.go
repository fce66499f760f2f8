package anthropic

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// message is what the events of an answer amount to. It is the one choice of the answer.
type message struct {
	answer.Answer
	usage   usage
	thought bool // there is a block of thinking
	ran     bool // the server has run a tool since the last text
	stopped bool // it names a stop sequence that ended it
	older   bool // it is a completion, as Claude 2 gave them, whose stop reason was that of a sequence for any end
	form    form
}

// event folds an event of a stream.
func (m *message) event(name []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	e := event{kind: name, index: noIndex}
	for key := range r.Object {
		switch string(key) {
		case "type": // of the event, or of an error that llama.cpp sends without its wrapping
			kind := *r
			e.kind, e.hasType = kind.Text(), true
			failure.Member(key, r)
		case "index":
			e.index = r.Index(e.index)
		case "message":
			if r.Kind() == jsonscan.Object {
				piece = m.object(r, &failure, false) || piece
			} else {
				failure.Member(key, r)
			}
		case "content_block":
			e.block = readBlock(r)
		case "delta":
			e.delta = readDelta(r)
		case "usage":
			before := m.usage
			now := m.usage.readNext(r)
			m.form.flaws.AddIf(before.input.Known && now.input.Known && before.input != now.input, genai.FlawUsageDisagrees)
		default:
			e.hasError = e.hasError || string(key) == "error"
			failure.Member(key, r)
		}
	}
	if string(name) == "error" {
		failure.Flat()
	}
	m.Fail(&failure)
	m.form.event(name, &e, m.Failed)
	return m.fold(&e) || piece
}

// event is what an event of a stream holds.
type event struct {
	kind  []byte
	index int
	block block
	delta delta
	// hasType and hasError tell that the event has the member of that name.
	hasType, hasError bool
}

const noIndex = -1

func (m *message) fold(e *event) (piece bool) {
	switch string(e.kind) {
	case "content_block_start":
		return m.start(e.index, &e.block)
	case "content_block_delta":
		return m.extend(e.index, &e.delta)
	case "message_delta":
		if len(e.delta.stopReason) > 0 {
			m.Choice(0).Finish = jsonscan.Name(e.delta.stopReason)
		}
		m.stopped = m.stopped || e.delta.hasStopSequence
	case "message_stop":
		m.Ended = true
	}
	return false
}

// start takes a content block in: a whole one of a message, or the beginning of one in a stream.
func (m *message) start(index int, b *block) (piece bool) {
	c := m.Choice(0)
	switch string(b.kind) {
	case "text":
		if m.ran { // what the model said before is not its answer
			c.LastMessage, m.ran = len(c.Text), false
		}
		m.Append(&c.Text, b.text)
	case "thinking":
		m.thought = true
		m.Append(&c.Reasoning, b.thinking)
	case "tool_use", "server_tool_use", "mcp_tool_use":
		call := m.NewCall(c)
		if call == nil {
			return true
		}
		call.Index, call.ID, call.Name = index, jsonscan.Name(b.id), jsonscan.Name(b.name)
		m.Append(&call.Arguments, b.input)
		call.NotText = b.inputIsText
		call.ByServer = string(b.kind) != "tool_use"
		c.Other = c.Other || call.ByServer
		return true
	case "redacted_thinking":
		c.Hidden = true
		return true
	default: // results of tools that the server runs itself
		c.Other, m.ran = true, true
		return true
	}
	return len(b.text) > 0 || len(b.thinking) > 0
}

// extend takes a delta of a block in.
func (m *message) extend(index int, d *delta) (piece bool) {
	c := m.Choice(0)
	switch string(d.kind) {
	case "text_delta":
		m.Append(&c.Text, d.text)
	case "thinking_delta":
		m.Append(&c.Reasoning, d.thinking)
	case "input_json_delta":
		for i := len(c.Calls) - 1; i >= 0; i-- {
			if call := &c.Calls[i]; index == noIndex || call.Index == index {
				m.extendInput(call, d.partialJSON)
				break
			}
		}
		return len(d.partialJSON) > 0
	}
	return len(d.text) > 0 || len(d.thinking) > 0
}

// extendInput appends a part of a tool's input. The input that stands at the start of the block, {} mostly, only counts
// where no part follows.
func (m *message) extendInput(call *answer.ToolCall, part []byte) {
	if len(part) == 0 {
		return
	}
	if !call.Extended {
		call.Extended = true
		m.Replace(&call.Arguments, nil)
	}
	m.Append(&call.Arguments, part)
}

// whole folds an answer that is one object.
func (m *message) whole(_ []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	piece = m.object(r, &failure, true)
	m.Fail(&failure)
	return piece
}

// object reads a message: a whole answer, or in a stream what is known at its start.
func (m *message) object(r *jsonscan.Reader, failure *apierror.Collector, whole bool) (piece bool) {
	for key := range r.Object {
		switch string(key) {
		case "id":
			answer.KeepFirst(&m.ID, r.Whole())
		case "model":
			answer.KeepFirst(&m.Model, r.Whole())
		case "content":
			if r.Kind() == jsonscan.String { // some imitations
				b := block{kind: []byte("text"), text: r.Text()}
				piece = m.start(0, &b) || piece
				continue
			}
			for i := range r.Array {
				b := readBlock(r)
				piece = m.start(i, &b) || piece
			}
		case "stop_reason":
			if reason := r.Whole(); len(reason) > 0 {
				m.Choice(0).Finish = jsonscan.Name(reason)
			}
		case "stop_sequence":
			m.stopped = len(r.Text()) > 0
		case "completion":
			m.older = true
		case "usage":
			m.usage.read(r, whole)
			answer.KeepFirst(&m.Tier, m.usage.pricedTier())
		default:
			failure.Member(key, r)
		}
	}
	return piece
}
