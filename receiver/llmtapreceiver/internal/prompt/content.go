package prompt

import (
	"github.com/zeebo/xxh3"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/history"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// content is what a message says: a text, or a list of parts.
type content struct {
	parts     []part
	rest      uint64 // hash of what stands beside them
	more      uint64 // hash of the parts over partsMax, as they were written
	textBytes int64
}

// Limits of what is kept of a message until it is known whose it is. Parts over them are counted and hashed, but are no
// text of the model; the ids of parts and calls over them are not kept. The request is then marked as cut.
const (
	partsMax = 4096
	callsMax = 1024
)

// part is a text, an image, a tool call, the result of one, or what else there is. A text that stands alone is one.
type part struct {
	kind     []byte
	text     []byte // between its quotes, with its escapes
	hash     uint64 // of text
	rest     uint64 // of the other members, whatever their order
	id       string
	resultID string // of the call whose result it is
	name     []byte
	input    []byte
}

var textKind = []byte("text")

func (c *content) read(p *Prompt, r *jsonscan.Reader) {
	*c = content{parts: c.parts[:0]}
	switch r.Kind() {
	case jsonscan.String:
		text, hash := c.text(p, r)
		c.parts = append(c.parts, part{kind: textKind, text: text, hash: hash})
	case jsonscan.Array:
		c.readParts(p, r)
	case jsonscan.Null:
		r.Skip()
	default:
		c.rest = p.value(nil, r)
	}
}

func (c *content) readParts(p *Prompt, r *jsonscan.Reader) {
	over := 0 // where the parts over the limit begin
	for i := range r.Array {
		if i < partsMax {
			c.parts = append(c.parts, part{})
			c.readPart(p, r, &c.parts[i])
			continue
		}
		if i == partsMax {
			over = r.Pos()
		}
		var counted part
		c.readPart(p, r, &counted)
		p.countMedia(counted.kind)
	}
	if over > 0 {
		c.more = xxh3.Hash(p.digest.body[over:r.Pos()])
		p.Call.RequestTruncated = true
	}
}

func (c *content) readPart(p *Prompt, r *jsonscan.Reader, out *part) {
	if r.Kind() != jsonscan.Object {
		out.rest = p.value(nil, r)
		return
	}
	for key := range r.Object {
		switch string(key) {
		case "type":
			out.kind = r.Text()
		case "text", "refusal":
			out.text, out.hash = c.text(p, r)
		case "cache_control":
		case "id":
			out.id = r.Name()
		case "tool_use_id":
			out.resultID = r.Name()
		case "name":
			out.name = r.Text()
		case "input":
			out.input = r.Raw()
		case "content": // of a tool's result
			out.rest += c.readResult(p, r)
		default:
			out.rest += p.value(key, r)
		}
	}
}

// readResult reads what a tool gave, a text or a list of parts, and gives its hash.
func (c *content) readResult(p *Prompt, r *jsonscan.Reader) (hash uint64) {
	if r.Kind() == jsonscan.String {
		_, text := c.text(p, r)
		return genai.Mix(0, text)
	}
	for range r.Array {
		var inner part
		c.readInner(p, r, &inner)
		p.countMedia(inner.kind)
		hash = genai.Mix(hash, inner.element())
	}
	return hash
}

// readInner reads a part of a tool's result; none has parts of its own.
func (c *content) readInner(p *Prompt, r *jsonscan.Reader, out *part) {
	if r.Kind() != jsonscan.Object {
		out.rest = p.value(nil, r)
		return
	}
	for key := range r.Object {
		switch string(key) {
		case "type":
			out.kind = r.Text()
		case "text":
			out.text, out.hash = c.text(p, r)
		case "cache_control", "id":
		default:
			out.rest += p.value(key, r)
		}
	}
}

// text reads a text once: where it ends, its hash, and its length without escapes.
func (c *content) text(p *Prompt, r *jsonscan.Reader) (text []byte, hash uint64) {
	at := r.Pos() + len(`"`)
	text, slashes := r.Inside()
	c.textBytes += textBytes(text, slashes)
	return text, p.digest.text(text, at)
}

// value gives a hash of a member that counts as it was written.
func (p *Prompt) value(key []byte, r *jsonscan.Reader) uint64 {
	at := r.Pos()
	return genai.Mix(xxh3.Hash(key), p.digest.text(r.Raw(), at))
}

// hash is equal for a text and for a list with only that text.
func (c *content) hash() uint64 {
	hash := c.rest
	for i := range c.parts {
		hash = genai.Mix(hash, c.parts[i].element())
	}
	if c.more != 0 {
		hash = genai.Mix(hash, c.more)
	}
	return hash
}

func (p *part) element() uint64 {
	switch string(p.kind) {
	case "text", "input_text":
		if p.hash != 0 { // LM Studio's have their text in the member content
			return p.hash
		}
	}
	return genai.Mix(xxh3.Hash(p.kind), p.hash, p.rest, genai.Mix(xxh3.Hash(p.name), xxh3.Hash(p.input)))
}

// appendTo adds the text and tool calls of an answer of the model.
func (c *content) appendTo(reply *genai.Reply) {
	for i := range c.parts {
		part := &c.parts[i]
		switch string(part.kind) {
		case "text", "output_text", "refusal":
			reply.Text = jsonscan.AppendUnescaped(reply.Text, part.text)
		case "tool_use":
			reply.Calls = history.AppendCall(reply.Calls, part.name, part.input)
		}
	}
}

func (p *Prompt) takePart(part *part) {
	p.countMedia(part.kind)
	p.Detail.PastReasoning = p.Detail.PastReasoning || isReasoning(part.kind)
	switch string(part.kind) {
	case "tool_use":
		keepID(&p.Detail.TurnCallIDs, part.id)
	case "tool_result":
		keepID(&p.Detail.TurnResultIDs, part.resultID)
	}
}

// countMedia counts a part by its kind.
func (p *Prompt) countMedia(kind []byte) {
	switch string(kind) {
	case "image_url", "input_image", "image":
		p.Call.InputImages++
	case "input_audio", "audio_url", "audio":
		p.Call.InputAudios++
	case "file", "input_file", "document_url", "document", "file_url", "container_upload", "video_url", "input_video":
		p.Call.InputFiles++
	}
}
