package openai

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// readChatMember reads a member of a request of /v1/chat/completions.
func readChatMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "messages":
		p.Messages(r)
	case "tools":
		p.Tools(r)
	case "functions":
		p.Functions(r)
	case "tool_choice":
		p.ToolChoice(r)
	case "function_call":
		p.FunctionCall(r)
	case "parallel_tool_calls":
		if value, ok := r.Bool(); ok {
			d.ParallelTools = &value
		}
	case "response_format":
		readResponseFormat(p, r, "")
	case "max_tokens", "max_completion_tokens":
		readBound(d, r)
	case "n_predict":
		readBoundIn(genai.WordOfLlama, d, r)
	case "logprobs":
		d.LogprobsAsked = r.True()
	case "echo": // vLLM: of the last message, which the model goes on with
		d.Echoed = r.True()
	default:
		readMember(p, key, r)
	}
}

// readBound reads a bound of an answer's tokens. Of several the largest counts, since servers differ in which one they
// take: llama.cpp takes n_predict before the others.
func readBound(d *genai.Detail, r *jsonscan.Reader) {
	n, ok := r.Int()
	if ok {
		d.BoundWord = ""
	}
	switch {
	case ok && n < 0:
		d.MaxTokens = genai.Known(genai.Unbounded)
	case ok && d.MaxTokens.N != genai.Unbounded:
		d.MaxTokens = genai.Known(max(n, d.MaxTokens.N))
	}
}

// readBoundIn reads a bound in a word that the API does not define.
func readBoundIn(word genai.Word, d *genai.Detail, r *jsonscan.Reader) {
	before, known := d.BoundWord, d.MaxTokens.Known
	readBound(d, r)
	if d.BoundWord = before; !known {
		d.BoundWord = word
	}
}

// readMember reads what the requests of several APIs have.
func readMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "model":
		p.Call.RequestModel = r.Name()
	case "stream":
		p.Stream(r)
	case "stream_options":
		for key := range r.Object {
			switch string(key) {
			case "include_usage":
				d.IncludeUsage = r.True()
			case "continuous_usage_stats":
				d.ContinuousUsage = r.True()
			}
		}
	case "n":
		if n, ok := r.Int(); ok {
			d.ChoiceCount = int(max(1, min(n, answer.ChoicesMax)))
		}
	default:
		readPromise(p, key, r)
	}
}

// askedForm is what a request wants its answers to be.
type askedForm struct {
	name   string
	schema []byte
	strict bool
	word   genai.Word
}

// put makes it that of the request, unless it is none where other words ask for one.
func (f askedForm) put(p *prompt.Prompt) {
	if d := p.Detail; d.FormWord == "" || !isNoForm(f.name) {
		p.Call.ResponseFormat, d.ResponseSchema, d.SchemaStrict, d.FormWord = f.name, f.schema, f.strict, f.word
	}
}

func isNoForm(name string) bool { return name == "" || name == "text" }

// readResponseFormat reads a form that the API defines, or else servers that know this word.
func readResponseFormat(p *prompt.Prompt, r *jsonscan.Reader, word genai.Word) {
	form := askedForm{word: word}
	var value []byte
	for key := range r.Given {
		switch string(key) {
		case "type":
			form.name = jsonscan.Word(r.Name())
		case "value": // TGI
			value = readGuide(r)
		case "json_schema":
			for key := range r.Given {
				form.readSchema(key, r)
			}
		case "schema": // beside json_object: llama.cpp, Together, Fireworks
			form.readSchema(key, r)
		}
	}
	form.takeTGIGuide(p, value)
	form.put(p)
}

func (f *askedForm) readSchema(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "schema":
		f.schema = r.Raw()
	case "strict":
		f.strict = r.True()
	}
}
