package anthropic

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
)

// form watches whether the events of a message come in the form that the API defines. It is the only place where that
// is looked at; see genai.Flaw for what it notes.
type form struct {
	flaws   genai.Flaws
	begun   bool
	starts  int // message_start events
	next    int // the index of the next block
	open    []openBlock
	stopped bool // a stop reason came
	ended   bool // message_stop came
}

type openBlock struct {
	index  int
	kind   string
	signed bool
}

// openMax bounds the blocks that are watched at a time.
const openMax = 256

// event takes in an event. failed tells that it, or one before, is an error.
func (f *form) event(name []byte, e *event, failed bool) {
	if failed {
		f.flaws.AddIf(string(e.kind) != "error" || !e.hasError, genai.FlawErrorUntyped)
		return
	}
	f.flaws.AddIf(!bytes.Equal(name, e.kind) || !e.hasType, genai.FlawEventNameDiffers)
	if string(e.kind) == "ping" {
		return
	}
	f.flaws.AddIf(!f.begun && string(e.kind) != "message_start", genai.FlawFirstNotStart)
	f.flaws.AddIf(f.ended, genai.FlawAfterEnd)
	f.begun = true
	switch string(e.kind) {
	case "message_start":
		f.starts++
		f.next, f.open = 0, nil // another model may take over and begin anew
	case "content_block_start":
		f.start(e)
	case "content_block_delta":
		f.delta(e)
	case "content_block_stop":
		f.stop(e.index)
	case "message_delta":
		stopped := len(e.delta.stopReason) > 0
		f.flaws.AddIf(stopped && len(f.open) > 0, genai.FlawBlockOverlap)
		f.stopped = f.stopped || stopped
	case "message_stop":
		f.flaws.AddIf(len(f.open) > 0, genai.FlawBlockOverlap)
		f.ended = true
	}
}

func (f *form) start(e *event) {
	f.flaws.AddIf(len(f.open) > 0, genai.FlawBlockOverlap)
	f.flaws.AddIf(e.index != f.next, genai.FlawBlockIndexGap)
	f.next = e.index + 1
	switch string(e.block.kind) {
	case "text":
		f.flaws.AddIf(!e.block.hasText, genai.FlawTextBlockNoText)
	case "tool_use", "server_tool_use", "mcp_tool_use":
		f.flaws.AddIf(!e.block.hasInput, genai.FlawToolBlockNoInput)
	}
	if len(f.open) < openMax {
		f.open = append(f.open, openBlock{index: e.index, kind: string(e.block.kind)})
	}
}

// blockOf gives the kinds of block that a delta belongs to.
var blockOf = map[string][]string{
	"text_delta":       {"text"},
	"citations_delta":  {"text"},
	"input_json_delta": {"tool_use", "server_tool_use", "mcp_tool_use"},
	"thinking_delta":   {"thinking"},
	"signature_delta":  {"thinking"},
	"compaction_delta": {"compaction"},
}

func (f *form) delta(e *event) {
	for i := range f.open {
		b := &f.open[i]
		if b.index != e.index {
			continue
		}
		b.signed = b.signed || string(e.delta.kind) == "signature_delta"
		if kinds, ok := blockOf[string(e.delta.kind)]; ok {
			f.flaws.AddIf(!slices.Contains(kinds, b.kind), genai.FlawDeltaType)
		}
		return
	}
	f.flaws.Add(genai.FlawDeltaOutside)
}

func (f *form) stop(index int) {
	for i := range f.open {
		if b := &f.open[i]; b.index == index {
			f.flaws.AddIf(b.kind == "thinking" && !b.signed, genai.FlawNoSignature)
			f.open = append(f.open[:i], f.open[i+1:]...)
			return
		}
	}
}

// end judges what is missing at the end of the stream.
func (f *form) end(failed bool) { f.flaws.AddIf(!failed && !f.stopped, genai.FlawNoMessageDelta) }
