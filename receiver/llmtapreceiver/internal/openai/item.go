package openai

import (
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Limits of what is kept of a response; what is over is left out and marks the call as cut.
const (
	itemsMax = 1024
	// partsMax bounds the parts of an item.
	partsMax = 256
)

// items are the output items of a response.
type items []item

// item is one output item: a message, reasoning, a tool call. Its slices may share memory with the body.
type item struct {
	index                  int // its place in the output
	id, kind, callID, name string
	arguments              []byte
	notText                bool // the arguments are JSON itself, not a string of it
	encrypted              bool // it holds reasoning that nobody can read
	byProgram              bool // a call that a program of the model makes, which the server runs
	parts                  []part
	cut                    bool // a limit left something out
}

type partKind uint8

const (
	partNone partKind = iota
	partText
	partRefusal
	partReasoning
	partSummary
)

// part is a part of an item's content or summary.
type part struct {
	kind     partKind
	index    int
	text     []byte
	logprobs bool
}

func (p *part) is(kind partKind, index int) bool { return p.kind == kind && p.index == index }

// find gives the item that an event is about: that at its output_index, or with its item_id, or else the last one, as
// some servers give neither. It is nil when there are too many.
func (s *items) find(e *responseEvent) *item {
	for i := len(*s) - 1; i >= 0; i-- {
		if it := &(*s)[i]; e.output == it.index || e.output == noIndex && e.isOf(it) {
			return it
		}
	}
	if begins := string(e.kind) == "response.output_item.added"; e.output == noIndex && !begins && len(*s) > 0 {
		return &(*s)[len(*s)-1]
	}
	if len(*s) >= itemsMax {
		return nil
	}
	added := item{index: e.output, id: string(e.itemID)}
	if added.id == "" {
		added.id = e.item.id
	}
	if added.index == noIndex {
		added.index = len(*s)
	}
	*s = append(*s, added)
	return &(*s)[len(*s)-1]
}

// isOf tells whether the event names the item by its id.
func (e *responseEvent) isOf(it *item) bool {
	return it.id != "" && (it.id == string(e.itemID) || len(e.itemID) == 0 && it.id == e.item.id)
}

func (s items) sort() {
	slices.SortStableFunc(s, byIndex)
}

func byIndex(x, y item) int { return x.index - y.index }

// part gives the part of a kind at a place; nil when there are too many.
func (it *item) part(kind partKind, index int) *part {
	for i := range it.parts {
		if it.parts[i].is(kind, index) {
			return &it.parts[i]
		}
	}
	if len(it.parts) >= partsMax {
		return nil
	}
	it.parts = append(it.parts, part{kind: kind, index: index})
	return &it.parts[len(it.parts)-1]
}

func (it *item) has(kind partKind) bool {
	return slices.ContainsFunc(it.parts, func(p part) bool { return p.kind == kind && len(p.text) > 0 })
}

// noteOpen notes reasoning that is not encrypted.
func (s items) noteOpen(flaws *genai.Flaws) {
	for i := range s {
		if it := &s[i]; it.kind == "reasoning" && !it.encrypted {
			open := it.has(partReasoning) || it.has(partText) // the latter: LiteLLM
			flaws.AddIf(open, genai.FlawOnlyText)
			flaws.AddIf(!open, genai.FlawNotEncrypted)
		}
	}
}

// replace takes over what a whole item has; what it leaves out stays. Its parts take the place of all of their kind,
// because vLLM gives the events of a part another content_index than the part has in the item.
func (it *item) replace(by *item) {
	for _, name := range []struct {
		field *string
		value string
	}{{&it.id, by.id}, {&it.kind, by.kind}, {&it.callID, by.callID}, {&it.name, by.name}} {
		if name.value != "" {
			*name.field = name.value
		}
	}
	if len(by.arguments) > 0 {
		it.arguments, it.notText = by.arguments, by.notText
	}
	it.encrypted = it.encrypted || by.encrypted
	it.byProgram = it.byProgram || by.byProgram
	it.cut = it.cut || by.cut
	it.parts = slices.DeleteFunc(it.parts, func(p part) bool { return by.has(p.kind) })
	for i := range by.parts {
		if len(by.parts[i].text) > 0 {
			it.parts = append(it.parts, by.parts[i])
		}
	}
}

func readItem(r *jsonscan.Reader) (it item) {
	for key := range r.Object {
		switch string(key) {
		case "id":
			it.id = r.Name()
		case "type":
			it.kind = r.Name()
		case "call_id":
			it.callID = r.Name()
		case "name":
			it.name = r.Name()
		case "arguments", "input":
			if value, isText, ok := r.TextOrRaw(); ok {
				it.arguments, it.notText = shared(value), !isText
			}
		case "content", "summary":
			it.readParts(r)
		case "caller":
			for range r.Named("type") {
				it.byProgram = string(r.Text()) == "program"
			}
		case "encrypted_content":
			it.encrypted = r.Kind() == jsonscan.String && len(r.Text()) > 0
		}
	}
	return it
}

func (it *item) readParts(r *jsonscan.Reader) {
	for i := range r.Array {
		p := readPart(r)
		if p.index = i; p.kind == partNone {
			continue
		}
		if len(it.parts) >= partsMax {
			it.cut = true
			continue
		}
		it.parts = append(it.parts, p)
	}
}

// readPart reads a part; one that no model wrote, or that is no text, has the kind partNone.
func readPart(r *jsonscan.Reader) (p part) {
	for key := range r.Object {
		switch string(key) {
		case "type":
			p.kind = partKinds[string(r.Text())]
		case "text", "refusal":
			if r.Kind() == jsonscan.String {
				p.text = shared(r.Text())
			}
		case "logprobs":
			p.logprobs = r.Kind() == jsonscan.Array && r.Length() > 0
		}
	}
	return p
}

var partKinds = map[string]partKind{
	"output_text": partText, "text": partText, "refusal": partRefusal, "reasoning_text": partReasoning,
	"summary_text": partSummary,
}

// shared bounds a slice of the body, so that appending to it does not write into the body.
func shared(text []byte) []byte { return slices.Clip(text) }
