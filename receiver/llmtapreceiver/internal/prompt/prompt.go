// Package prompt reads what the requests of all APIs have in common into a Call: model, messages, tools, limits.
package prompt

import (
	"bytes"
	"cmp"
	"fmt"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// Prompt gathers what a request asks for.
type Prompt struct {
	Call   *genai.Call
	Detail *genai.Detail

	reader    jsonscan.Reader
	digest    digest
	request   uint64 // hash of the sections of the request that have ended
	system    uint64 // hash of the prompts of the system
	tools     uint64
	textBytes int64 // of the messages
	message   message
	functions functions
}

// Member reads the value of a member of a request's object, or leaves it. Members that are null are as good as not there.
type Member func(p *Prompt, key []byte, r *jsonscan.Reader)

var prompts = sync.Pool{New: func() any { return new(Prompt) }}

// begin takes a Prompt whose memory has served another request.
func begin(call *genai.Call) *Prompt {
	if call.Detail == nil {
		call.NewDetail()
	}
	p := prompts.Get().(*Prompt)
	p.Call, p.Detail = call, call.Detail
	p.request, p.system, p.tools, p.textBytes, p.functions = 0, 0, 0, 0, functions{}
	return p
}

// end gives the memory of a Prompt to other requests.
func (p *Prompt) end() {
	p.Call, p.Detail, p.reader, p.digest.body = nil, nil, jsonscan.Reader{}, nil
	p.message.forget()
	prompts.Put(p)
}

// Read reads a request whose body is a JSON object. What cannot be read is left out of the call and told by the error.
// A Detail that call has before holds what the API means by a request that does not say it.
func Read(x *exchange.Exchange, fields caller.Fields, call *genai.Call, member Member) error {
	p := begin(call)
	defer p.end()
	body := x.Request.Body
	if len(body) == 0 {
		call.Detail.RequestUnknown = true
		return nil
	}
	p.readMembers(body, fields, member)
	err := p.reader.Err()
	p.endSection(len(body))
	if !x.Request.Truncated {
		call.PromptHash = p.request
	} else if call.RequestModel == "" {
		p.readEnd(x.Request.Tail, fields, member)
	}
	call.PromptVersion = p.version()
	if err == nil {
		return nil
	}
	call.Detail.Chain.Reset() // its end is missing
	if x.Request.Truncated {
		return nil
	}
	return fmt.Errorf("request: %w", err)
}

func (p *Prompt) readMembers(body []byte, fields caller.Fields, member Member) {
	p.digest.body = body
	p.digest.begin(0)
	r := &p.reader
	*r = jsonscan.NewLenient(body)
	other := "" // the model in capitals, which only servers in Go find (encoding/json, Unmarshal); all others go by the one in small letters
	for key := range r.Given {
		fields.Look(key, r, p.Call)
		if len(key) == len(model) && string(key) != model && bytes.EqualFold(key, []byte(model)) {
			value := *r
			other = value.Name()
		}
		member(p, key, r)
	}
	p.Call.RequestModel = cmp.Or(p.Call.RequestModel, other)
}

const model = "model"

// endSection takes what was read since the last section into the hash of the request.
func (p *Prompt) endSection(at int) {
	p.request = genai.Mix(p.request, p.digest.end(at))
	p.digest.begin(at)
}

// readEnd reads the last members of an object of which the middle is missing, from the model on: clients write the
// messages first. A string cannot be taken for a member, as its quotes are escaped.
func (p *Prompt) readEnd(tail []byte, fields caller.Fields, member Member) {
	at := bytes.LastIndex(tail, []byte(`"model":`))
	if at >= 0 {
		p.readMembers(append([]byte{'{'}, tail[at:]...), fields, member)
	}
}

// Stream reads whether a stream is asked for.
func (p *Prompt) Stream(r *jsonscan.Reader) {
	asked, ok := r.Bool()
	p.Detail.StreamAsked, p.Detail.StreamUnclear = asked, !ok
}

// System reads a prompt of the system that stands beside the messages.
func (p *Prompt) System(r *jsonscan.Reader) {
	c := &p.message.content
	c.read(p, r)
	p.beside(c.textBytes)
	p.addSystem(c)
}

// billingLine is the beginning of what Claude Code writes before its prompt, with numbers that change with each request.
var billingLine = []byte("x-anthropic-billing-header:")

func (p *Prompt) addSystem(c *content) {
	for i := range c.parts {
		if part := &c.parts[i]; bytes.HasPrefix(part.text, billingLine) {
			_, rest, _ := bytes.Cut(part.text, []byte(`\n`))
			part.hash = xxh3.Hash(rest)
		}
	}
	p.system = genai.Mix(p.system, c.hash())
}

// beside counts text that stands beside the messages.
func (p *Prompt) beside(textBytes int64) {
	p.Detail.PromptTextBytes += textBytes
	p.Detail.BesideTextBytes += textBytes
}

// version is a hash of what an application's developer writes: system prompt and tools. 0 without either.
func (p *Prompt) version() uint64 {
	if p.system == 0 && p.tools == 0 {
		return 0
	}
	return genai.Mix(p.system, p.tools)
}

// escapesSampled is at how many places of a text the next escape is looked at for what part of them is \u.
const escapesSampled = 4

// textBytes gives about the size of a JSON text of so many backslashes without its escapes; \u stands for three bytes.
func textBytes(raw []byte, escapes int) int64 {
	if escapes == 0 {
		return int64(len(raw))
	}
	seen, unicode := 0, 0
	for ; seen < escapesSampled; seen++ {
		rest := raw[len(raw)*seen/escapesSampled:]
		at := bytes.IndexByte(rest, '\\')
		if at < 0 || at+1 == len(rest) {
			break
		}
		if rest[at+1] == 'u' {
			unicode++
		}
	}
	return int64(len(raw) - escapes - 2*escapes*unicode/max(1, seen))
}

// valueBytes is textBytes of a value that need not be a text, without its indentation.
func valueBytes(raw []byte) int64 {
	return textBytes(raw, bytes.Count(raw, []byte{'\\'})) - int64(indentation(raw))
}

// indentation gives the size of the white space around line feeds, which JSON has only between its tokens. It is the
// client's, and no model sees it.
func indentation(raw []byte) (size int) {
	for at := bytes.IndexByte(raw, '\n'); at >= 0; at = bytes.IndexByte(raw, '\n') {
		rest := bytes.TrimLeft(raw[at:], " \t\r\n")
		size += len(raw) - at - len(rest)
		raw = rest
	}
	return size
}
