package prompt

import (
	"bytes"

	"github.com/zeebo/xxh3"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/history"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// message is what counts of a message, or of an item of another kind that the Responses API has among them. Its
// memory serves one after the other.
type message struct {
	role, kind []byte
	content    content
	isOutput   bool // the content is the output of a tool
	images     int
	textBytes  int64
	callID     string // of an item
	resultID   string
	name       []byte
	arguments  []byte
	calls      []messageCall
}

type messageCall struct {
	id              string
	name, arguments []byte
}

func (m *message) reset() {
	*m = message{content: content{parts: m.content.parts[:0]}, calls: m.calls[:0]}
}

// forget lets go of what a request's memory holds.
func (m *message) forget() {
	clear(m.content.parts[:cap(m.content.parts)])
	clear(m.calls[:cap(m.calls)])
	m.reset()
	if cap(m.content.parts) > keptMax {
		m.content.parts = nil
	}
	if cap(m.calls) > keptMax {
		m.calls = nil
	}
}

// keptMax is how many parts or calls of a message memory is kept for.
const keptMax = 64

// Messages reads a list of messages: their number, what they hold besides text, and the prompt of the system.
func (p *Prompt) Messages(r *jsonscan.Reader) {
	c, d := p.Call, p.Detail
	c.Turn, c.InputImages, c.InputAudios, c.InputFiles = 0, 0, 0, 0
	d.PromptTextBytes -= p.textBytes
	d.PastReasoning, d.LargeImage = false, false
	d.MessageHashes, d.TurnCallIDs, d.TurnResultIDs = d.MessageHashes[:0], d.TurnCallIDs[:0], d.TurnResultIDs[:0]
	d.Chain.Reset()
	p.textBytes = 0
	p.endSection(r.Pos())
	for range r.Array {
		c.Turn++
		images, begin := c.InputImages, r.Pos()
		p.digest.from = begin
		p.message.reset()
		p.message.read(p, r)
		p.digest.write(endOfValue(p.digest.body, r.Pos()))
		p.take(&p.message)
		d.LargeImage = d.LargeImage || c.InputImages > images && hasLargeImage(p.digest.body[begin:r.Pos()])
	}
	d.PromptTextBytes += p.textBytes
	p.endSection(r.Pos())
}

// endOfValue goes back over the white space behind a value.
func endOfValue(body []byte, at int) int {
	for at > 0 && body[at-1] <= ' ' {
		at--
	}
	return at
}

// Said reads a text or list of parts that is what a user says, without a message around it.
func (p *Prompt) Said(r *jsonscan.Reader) {
	p.message.reset()
	p.message.role = []byte("user")
	p.Call.InputImages = 0
	p.message.content.read(p, r)
	p.Detail.Chain.Reset()
	p.Detail.PromptTextBytes += p.message.content.textBytes
	for i := range p.message.content.parts {
		p.countMedia(p.message.content.parts[i].kind)
	}
	p.hash(&p.message)
}

func (m *message) read(p *Prompt, r *jsonscan.Reader) {
	var legacy messageCall
	var legacyBytes int64
	for key := range r.Given {
		switch string(key) {
		case "role":
			m.role = r.Text()
		case "type":
			m.kind = r.Text()
		case "content", "output": // output: of a tool, as the Responses API has it
			m.isOutput = string(key) == "output"
			m.content.read(p, r)
		case "name":
			m.name = r.Text()
		case "images": // Ollama
			m.images = 0
			for range r.Array {
				m.images++
				m.content.rest += p.value(key, r)
			}
		case "call_id": // of an item of the Responses API
			m.callID = r.Name()
		case "tool_call_id":
			m.resultID = r.Name()
		case "tool_calls":
			m.readCalls(p, r)
		case "function_call": // as OpenAI had it before tools
			legacy = messageCall{}
			legacyBytes = 0
			legacy.readFunction(r, &legacyBytes)
		case "arguments", "input":
			m.arguments = inside(r, &m.textBytes)
		case "reasoning_content", "reasoning", "thinking":
			if kind := r.Kind(); kind == jsonscan.String || kind == jsonscan.Array {
				raw := r.Raw()
				m.textBytes += valueBytes(raw)
				p.Detail.PastReasoning = p.Detail.PastReasoning || len(raw) > len(`""`)
			}
		case "tools": // that the model found by searching
			p.Detail.MoreTools = true
		}
	}
	if len(m.calls) == 0 && len(legacy.name)+len(legacy.arguments) > 0 { // some have a call under both names
		m.calls = append(m.calls, legacy)
		m.textBytes += legacyBytes
	}
}

// readCalls reads a list of {"id","function":{"name","arguments"}} or {"id","custom":{"name","input"}}.
func (m *message) readCalls(p *Prompt, r *jsonscan.Reader) {
	m.calls = m.calls[:0]
	for i := range r.Array {
		if call := m.readCall(r); i < callsMax {
			m.calls = append(m.calls, call)
		} else {
			p.Call.RequestTruncated = true
		}
	}
}

func (m *message) readCall(r *jsonscan.Reader) (call messageCall) {
	for key := range r.Given {
		switch string(key) {
		case "id":
			call.id = r.Name()
		case "function", "custom":
			call.readFunction(r, &m.textBytes)
		}
	}
	return call
}

func (c *messageCall) readFunction(r *jsonscan.Reader, textBytes *int64) {
	for key := range r.Given {
		switch string(key) {
		case "name":
			c.name = r.Text()
		case "arguments", "input":
			c.arguments = inside(r, textBytes)
		}
	}
}

// inside gives the text that a string is, and other values as they are, and counts it.
func inside(r *jsonscan.Reader, sum *int64) []byte {
	if r.Kind() == jsonscan.String {
		text := r.Text()
		*sum += int64(len(text))
		return text
	}
	raw := r.Raw()
	*sum += valueBytes(raw)
	return raw
}

// take takes a message in.
func (p *Prompt) take(m *message) {
	c, d := p.Call, p.Detail
	c.InputImages += m.images
	for i := range m.content.parts {
		p.takePart(&m.content.parts[i])
	}
	for i := range m.calls {
		keepID(&d.TurnCallIDs, m.calls[i].id)
	}
	d.PastReasoning = d.PastReasoning || isReasoning(m.kind)
	d.MoreTurns = d.MoreTurns || string(m.kind) == "item_reference"
	if bytes.HasSuffix(m.kind, []byte("_output")) {
		keepID(&d.TurnResultIDs, m.callID)
	} else {
		keepID(&d.TurnCallIDs, m.callID)
	}
	keepID(&d.TurnResultIDs, m.resultID)
	p.textBytes += m.textBytes + m.content.textBytes
	if len(d.MessageHashes) < genai.MessagesMax {
		d.MessageHashes = append(d.MessageHashes, p.digest.sum.Sum64())
	}
	p.hash(m)
}

// isReasoning knows items and parts by their kind.
func isReasoning(kind []byte) bool {
	switch string(kind) {
	case "reasoning", "thinking", "redacted_thinking":
		return true
	}
	return false
}

func keepID(ids *[]string, id string) {
	if id != "" && len(*ids) < genai.TurnIDsMax {
		*ids = append(*ids, id)
	}
}

// hash adds a message to the chain. What clients change between two turns without changing the conversation stays out:
// messages of the system, marks for caches, ids, reasoning, what hosted tools did, and whether a text stands alone or as
// a part. What is not the model's is compared as the client wrote it, escapes included.
func (p *Prompt) hash(m *message) {
	chain := &p.Detail.Chain
	switch {
	case m.bySystem():
		p.addSystem(&m.content)
	case m.aside():
	case m.wordless():
		chain.Reply()
	case string(m.role) == "assistant" || string(m.role) == "model":
		reply := chain.Reply()
		m.content.appendTo(reply)
		for i := range m.calls {
			reply.Calls = history.AppendCall(reply.Calls, m.calls[i].name, m.calls[i].arguments)
		}
	case string(m.kind) == "function_call" || string(m.kind) == "custom_tool_call":
		reply := chain.Reply()
		reply.Calls = history.AppendCall(reply.Calls, m.name, m.arguments)
	default:
		role := m.role
		if m.isOutput {
			role = []byte("tool")
		}
		chain.Add(genai.Mix(xxh3.Hash(role), m.content.hash()))
	}
}

// aside tells that the message is an item that stands beside an answer, and is no part of it.
func (m *message) aside() bool {
	switch string(m.kind) {
	case "reasoning", "compaction", "item_reference", "mcp_list_tools":
		return true
	case "tool_search_output":
		return m.callID == "" // else the client searched
	}
	return false
}

// wordless tells that the message is an item of an answer that no text or call of a function is in: of a hosted tool, say.
func (m *message) wordless() bool {
	switch string(m.kind) {
	case "function_call", "custom_tool_call":
		return false
	case "mcp_approval_request":
		return true
	}
	return bytes.HasSuffix(m.kind, []byte("_call"))
}

func (m *message) bySystem() bool { return string(m.role) == "system" || string(m.role) == "developer" }
