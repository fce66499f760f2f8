// Package prompt reads what the requests of all APIs have in common into a Call: model, messages, tools, limits.
package prompt

import (
	"bytes"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Prompt gathers what a request asks for.
type Prompt struct {
	Call   *genai.Call
	Detail *genai.Detail
	system [][]byte
	tools  []byte
}

// Member reads the value of a member of a request's object, or leaves it.
type Member func(p *Prompt, key []byte, r *jsonscan.Reader)

// Read reads a request whose body is a JSON object. What cannot be read is left out of the call and told by the error.
// A Detail that call has before holds what the API means by a request that does not say it.
func Read(x *exchange.Exchange, fields caller.Fields, call *genai.Call, member Member) error {
	if call.Detail == nil {
		call.Detail = &genai.Detail{ChoiceCount: 1}
	}
	body := x.Request.Body
	if len(body) == 0 {
		call.Detail.RequestUnknown = true
		return nil
	}
	if !x.Request.Truncated {
		call.PromptHash = xxhash.Sum64(body)
	}
	p := Prompt{Call: call, Detail: call.Detail}
	r := jsonscan.New(body)
	for key := range r.Object {
		fields.Look(key, r, call)
		member(&p, key, &r)
	}
	if call.RequestModel == "" && x.Request.Truncated {
		p.readEnd(x.Request.Tail, fields, member)
	}
	call.PromptVersion = p.version()
	if err := r.Err(); err != nil && !x.Request.Truncated {
		return fmt.Errorf("request: %w", err)
	}
	return nil
}

// readEnd reads the last members of an object of which the middle is missing, from the model on: clients write the
// messages first. A string cannot be taken for a member, as its quotes are escaped.
func (p *Prompt) readEnd(tail []byte, fields caller.Fields, member Member) {
	at := bytes.LastIndex(tail, []byte(`"model":`))
	if at < 0 {
		return
	}
	r := jsonscan.New(append([]byte{'{'}, tail[at:]...))
	for key := range r.Object {
		fields.Look(key, r, p.Call)
		member(p, key, &r)
	}
}

// Messages reads a list of messages: their number, what they hold besides text, and those of the system.
func (p *Prompt) Messages(r *jsonscan.Reader) {
	c := p.Call
	p.system = p.system[:0]
	c.Turn, c.InputImages, c.InputAudios, c.InputFiles = 0, 0, 0, 0
	p.Detail.Messages, p.Detail.TurnCallIDs, p.Detail.TurnResultIDs = nil, nil, nil
	turns := turns{detail: p.Detail}
	for range r.Array {
		c.Turn++
		raw := r.Raw()
		message := jsonscan.New(raw)
		content, system := p.message(&message, &turns)
		p.parts(content, &turns)
		turns.end(raw)
		if system {
			p.System(content)
		}
	}
}

// message reads a message, or an item of another kind, and gives its content.
func (p *Prompt) message(r *jsonscan.Reader, t *turns) (content []byte, system bool) {
	for key := range r.Object {
		switch string(key) {
		case "role":
			role := r.Text()
			system = string(role) == "system" || string(role) == "developer"
		case "content", "output": // output: of a tool, as the Responses API has it
			content = r.Raw()
		case "images": // Ollama
			for range r.Array {
				p.Call.InputImages++
			}
		default:
			t.member(key, r)
		}
	}
	return content, system
}

// System adds a system prompt.
func (p *Prompt) System(content []byte) { p.system = append(p.system, content) }

// Text counts text of the prompt that stands beside the messages.
func (p *Prompt) Text(raw []byte) { p.Detail.PromptTextBytes += textBytes(raw) }

// parts counts what a message holds besides text, also in the results of tools.
func (p *Prompt) parts(content []byte, t *turns) {
	r := jsonscan.New(content)
	if r.Kind() != jsonscan.Array {
		t.text(content)
		return
	}
	for range r.Array {
		var part partIDs
		for key := range r.Object {
			switch string(key) {
			case "type":
				part.kind = r.Text()
				p.part(part.kind)
			case "text":
				t.text(r.Raw())
			case "content": // of a tool_result; not deeper, as none has
				inner := r.Raw()
				t.text(inner)
				p.inner(inner)
			default:
				part.member(key, &r)
			}
		}
		t.part(&part)
	}
}

func (p *Prompt) inner(content []byte) {
	r := jsonscan.New(content)
	if r.Kind() != jsonscan.Array {
		return
	}
	for range r.Array {
		for key := range r.Object {
			if string(key) == "type" {
				p.part(r.Text())
			}
		}
	}
}

func (p *Prompt) part(kind []byte) {
	switch string(kind) {
	case "image_url", "input_image", "image":
		p.Call.InputImages++
	case "input_audio", "audio_url", "audio":
		p.Call.InputAudios++
	case "file", "input_file", "document_url", "document", "container_upload", "video_url", "input_video":
		p.Call.InputFiles++
	}
}

// version is a hash of what an application's developer writes: system prompt and tools. 0 without either.
func (p *Prompt) version() uint64 {
	if len(p.system) == 0 && len(p.tools) == 0 {
		return 0
	}
	h := xxhash.New()
	for _, content := range p.system {
		_, _ = h.Write(content)
		_, _ = h.Write([]byte{0})
	}
	_, _ = h.Write(p.tools)
	return h.Sum64()
}
