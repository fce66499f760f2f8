package openai

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// delta is what a chunk says of one choice.
type delta struct {
	index    int
	hasIndex bool
	message
	// hasDelta tells that there is a delta, message or text. Azure's filter speaks of a choice in chunks without.
	hasDelta bool
	finish   []byte
	stop     genai.Stop
	logprobs bool
	tokens   int // with log probabilities
	// alternatives is the most alternatives that a token with log probabilities has.
	alternatives int
	callsMax     int // how many tool calls are kept
}

// message is what stands in a delta or message.
type message struct {
	whole   bool // in a message: it replaces what came before
	content []byte
	// reasoning is what is called reasoning_content or reasoning, or thinking parts of the content.
	reasoning []byte
	refusal   []byte
	// contentAt and reasoningAt are where content and reasoning_content begin in the chunk; 0 where they are no strings.
	contentAt, reasoningAt int

	hidden            bool // reasoning that nobody can read
	media             bool // sound or pictures
	calls             []callDelta
	cut               bool // a limit left something out
	hasRole, oldField bool // oldField: the reasoning is called reasoning_content
}

// readBeside reads a message or delta. Perplexity sends both in each chunk, the message with all of the text so far, and
// in a whole answer the message beside an empty delta: the delta counts, if it says anything.
func (d *delta) readBeside(r *jsonscan.Reader, whole bool) {
	if r.Kind() != jsonscan.Object || whole && d.says() {
		return
	}
	before := d.message
	d.readMessage(r, whole)
	if before.whole && !d.says() {
		d.whole, d.content, d.reasoning, d.refusal, d.calls = true, before.content, before.reasoning, before.refusal, before.calls
	}
}

// says tells whether there is a piece of the answer.
func (d *delta) says() bool {
	return len(d.content) > 0 || len(d.reasoning) > 0 || len(d.refusal) > 0 || len(d.calls) > 0 || d.hidden || d.media
}

// readMessage reads a message or delta, which replaces one of the same choice that came before it in the chunk.
func (d *delta) readMessage(r *jsonscan.Reader, whole bool) {
	d.message = message{whole: whole, calls: d.calls[:0]}
	var second, details, inParts []byte
	legacy := callDelta{index: legacyIndex}
	for key := range r.Object {
		switch string(key) {
		case "role":
			d.hasRole = r.Kind() == jsonscan.String
		case "content":
			inParts = d.readContent(r)
		case "multimodal_content": // FastDeploy, in the place of content
			if r.Kind() == jsonscan.Array {
				inParts = d.readContent(r)
			}
		case "reasoning_content":
			d.reasoning, d.reasoningAt = textAt(r)
			d.oldField = len(d.reasoning) > 0
		case "reasoning":
			second = r.Text()
		case "refusal":
			if text := r.Text(); len(text) > 0 { // one may stand among the parts of the content
				d.refusal = text
			}
		case "reasoning_details":
			details = d.readDetails(r)
		case "audio":
			d.media = d.media || r.Kind() == jsonscan.Object
		case "images": // OpenRouter, LiteLLM
			d.media = d.media || r.Length() > 0
		case "tool_calls":
			d.readCalls(r)
		case "function_call":
			legacy.readFunction(r)
		}
	}
	if len(d.calls) == 0 && len(legacy.name)+len(legacy.arguments) > 0 { // llama-cpp-python gives a call under both names
		d.keepCall(&legacy)
	}
	for _, same := range [...][]byte{second, details, inParts} { // some send the same text under several names
		if len(d.reasoning) == 0 {
			d.reasoning = same
		}
	}
}

// readDetails reads OpenRouter's list of {"type":"reasoning.text","text"}, {"type":"reasoning.summary","summary"} and
// {"type":"reasoning.encrypted","data"}.
func (d *delta) readDetails(r *jsonscan.Reader) (text []byte) {
	for range r.Array {
		for key := range r.Object {
			switch string(key) {
			case "text", "summary":
				text = r.AppendText(text)
			case "data":
				d.hidden = d.hidden || r.Kind() == jsonscan.String
			}
		}
	}
	return text
}

// readContent reads text, or Mistral's list of parts {"type":"text","text"} and {"type":"thinking","thinking":[...]}, or
// Databricks's with {"type":"reasoning","summary":[...]}, or the JSON itself that Cloudflare gives where a schema was asked for. It
// gives the reasoning that is among them.
func (d *delta) readContent(r *jsonscan.Reader) (reasoning []byte) {
	switch r.Kind() {
	case jsonscan.String:
		d.content, d.contentAt = textAt(r)
		return nil
	case jsonscan.Object:
		d.content, d.contentAt = r.Raw(), 0
		return nil
	}
	d.content, d.contentAt = nil, 0
	for range r.Array {
		for key := range r.Object {
			switch string(key) {
			case "text":
				d.content = r.AppendText(d.content)
			case "refusal":
				d.refusal = r.AppendText(d.refusal)
			case "image_url", "url": // the latter: FastDeploy
				d.media = true
			case "thinking", "summary": // summary: Databricks
				reasoning = appendThinking(reasoning, r)
			}
		}
	}
	return reasoning
}

// textAt reads a text and tells where it begins.
func textAt(r *jsonscan.Reader) (text []byte, at int) {
	if r.Kind() == jsonscan.String {
		at = r.Pos() + len(`"`)
	}
	return r.Text(), at
}

func appendThinking(dst []byte, r *jsonscan.Reader) []byte {
	if r.Kind() == jsonscan.String {
		return r.AppendText(dst)
	}
	for range r.Array {
		for range r.Named("text") {
			dst = r.AppendText(dst)
		}
	}
	return dst
}

// readLogprobs counts what stands in a choice's logprobs: {"content":[{"top_logprobs":[]}],"refusal":null}, or in text
// completions {"tokens":[],"top_logprobs":[]}. Lists that are null or empty are none.
func (d *delta) readLogprobs(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "content":
			for range r.Array {
				d.tokens++
				d.logprobs = true
				for range r.Named("top_logprobs") {
					d.alternatives = max(d.alternatives, r.Length())
				}
			}
		case "tokens":
			n := r.Length()
			d.tokens, d.logprobs = d.tokens+n, d.logprobs || n > 0
		default:
			d.logprobs = d.logprobs || r.Length() > 0
		}
	}
}
