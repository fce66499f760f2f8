package openai

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// chunk is one JSON object of an answer: an event of a stream, or a whole answer. Its slices share memory with the
// body; a chunk is read anew for each object and folded into an answer.
type chunk struct {
	id, model, fingerprint, tier []byte
	deltas                       []delta
	calls                        int // of all deltas
	failure                      apierror.Collector
	cut                          bool // a limit left something out
	object                       []byte
	created                      int64
	hasChoices, hasUsage         bool
	hasTimings                   bool   // as llama.cpp's have
	sound                        bool   // in the place of text, as vLLM-Omni sends it
	echoed                       bool   // the prompt is in a member of its own, as Together gives it
	server                       string // which members show
}

func (c *chunk) read(r *jsonscan.Reader, u *usage) {
	*c = chunk{deltas: c.deltas[:0]}
	before := *u
	for key := range r.Object {
		c.readMember(key, r, u)
	}
	if !c.sound || len(c.deltas) == 0 || c.deltas[0].whole { // what is no piece of a stream has its text and its usage
		return
	}
	c.takeTextForSound()
	if u.Output.N == 0 { // it says that there is no output, whatever was counted before
		*u, c.hasUsage = before, false
	}
}

func (c *chunk) takeTextForSound() {
	for i := range c.deltas {
		d := &c.deltas[i]
		d.media = d.media || len(d.content) > 0
		d.content, d.contentAt = nil, 0
	}
}

func (c *chunk) readMember(key []byte, r *jsonscan.Reader, u *usage) {
	switch string(key) {
	case "id":
		c.id = r.Whole()
	case "model":
		c.model = r.Whole()
	case "system_fingerprint":
		c.fingerprint = r.Whole()
	case "service_tier":
		c.tier = r.Whole()
	case "object":
		if c.object = r.Text(); string(c.object) == "error" {
			c.failure.Flat()
		}
	case "created":
		c.created, _ = r.Int()
	case "choices":
		c.hasChoices = r.Kind() == jsonscan.Array
		c.readChoices(r, u)
	case "prompt":
		c.echoed = r.Kind() == jsonscan.Array && r.Length() > 0
	case "usage":
		c.hasUsage = r.Kind() == jsonscan.Object
		u.read(r)
	case "timings":
		if c.hasTimings = u.timings.read(r); c.hasTimings {
			c.server = genai.ProviderLlamaCpp
		}
	case "modality":
		c.sound = string(r.Text()) == "audio"
	case "kv_transfer_params":
		c.server = genai.ProviderVLLM
	case "x_groq":
		for key := range r.Object {
			switch string(key) {
			case "usage":
				u.read(r)
			case "error": // why the stream ends early
				c.failure.Member(key, r)
			}
		}
	default:
		c.failure.Member(key, r)
	}
}

func (c *chunk) readChoices(r *jsonscan.Reader, u *usage) {
	c.deltas, c.calls = c.deltas[:0], 0
	for i := range r.Array {
		if i >= answer.ChoicesMax {
			c.cut = true
			continue
		}
		if len(c.deltas) == cap(c.deltas) {
			c.deltas = append(c.deltas, delta{})
		}
		c.deltas = c.deltas[:i+1]
		d := &c.deltas[i]
		*d = delta{index: i, message: message{calls: d.calls[:0]}, callsMax: min(answer.ToolCallsMax, answer.CallsMax-c.calls)}
		c.readChoice(r, d, u)
		c.calls += len(d.calls)
	}
}

// choiceIndex reads the index of a choice; one that none can have becomes -1 or ChoicesMax, over which an Answer has none.
func choiceIndex(r *jsonscan.Reader) (index int, ok bool) {
	n, ok := r.Int()
	return int(max(-1, min(n, answer.ChoicesMax))), ok
}

// readStop reads the stop string or the token that ended a choice. null is what it says of no such string.
func readStop(r *jsonscan.Reader, null genai.Stop) genai.Stop {
	switch r.Kind() {
	case jsonscan.Null:
		return null
	case jsonscan.Number:
		return genai.StopAtToken
	}
	return genai.StopUntold
}

func (c *chunk) readChoice(r *jsonscan.Reader, d *delta, u *usage) {
	for key := range r.Object {
		switch string(key) {
		case "index":
			if n, ok := choiceIndex(r); ok {
				d.index, d.hasIndex = n, true
			}
		case "delta":
			d.readBeside(r, false)
			d.hasDelta = true
		case "message":
			d.readBeside(r, true)
			d.hasDelta = true
		case "text": // of a text completion; Together has it in chats, too
			if text, at := textAt(r); len(text) > 0 || !d.hasDelta {
				d.content, d.contentAt, d.hasDelta = text, at, true
			}
		case "finish_reason":
			d.finish = r.Whole()
		case "logprobs":
			d.readLogprobs(r)
		case "usage": // Moonshot
			u.read(r)
		case "error": // OpenRouter
			c.failure.Member(key, r)
		case "matched_stop":
			c.server = genai.ProviderSGLang
			d.stop = readStop(r, genai.StopUntold)
		case "stop_reason": // vLLM, TensorRT-LLM
			d.stop = readStop(r, genai.StopItself)
		}
	}
}
