// Package ollama decodes Ollama's own API, whose streams are JSON lines.
package ollama

import (
	"bytes"
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// provider names the format.
const provider = genai.ProviderOllama

// DecodeChat reads an exchange of /api/chat, whose bodies must be free of content coding, into call. What cannot be read
// is left out of the call and told by the error.
func DecodeChat(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decode(genai.OperationChat, x, fields, call)
}

// DecodeGenerate reads an exchange of /api/generate.
func DecodeGenerate(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decode(genai.OperationTextCompletion, x, fields, call)
}

// DecodeEmbed reads an exchange of /api/embed, or of /api/embeddings before it.
func DecodeEmbed(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.NewDetail().Embedding = &genai.Embedding{}
	return decode(genai.OperationEmbeddings, x, fields, call)
}

func decode(operation genai.Operation, x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = operation, provider
	if call.Detail == nil {
		call.NewDetail()
	}
	call.Detail.StreamAsked = operation != genai.OperationEmbeddings
	requestErr := prompt.Read(x, fields, call, readMember)
	var l lines
	l.NoOutput, l.vectors = operation == genai.OperationEmbeddings, call.Detail.Embedding
	if call.Stream = !l.NoOutput && answer.IsLines(x); call.Stream {
		l.Lines(x, call, l.fold)
		call.Detail.Done = l.Ended
		call.Detail.Flaws.AddIf(l.Ended && !l.drawn && !(l.Usage.Output.Known && l.Usage.Input.Known), genai.FlawDoneNoCounts)
	} else {
		l.Whole(x, call, l.fold)
	}
	call.Detail.UsageOff, l.NoEstimate = l.drawn, l.NoEstimate || l.drawn
	return errors.Join(requestErr, l.Put(x, call))
}

func readMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(folded(key)) {
	case "model":
		p.Call.RequestModel = r.Name()
	case "messages":
		p.Messages(r)
	case "prompt", "input":
		readInput(p, r)
	case "dimensions":
		if d.Embedding != nil {
			d.Embedding.Dimensions = answer.Count(r, d.Embedding.Dimensions)
		}
	case "system":
		p.System(r)
	case "images":
		p.Call.InputImages += r.Length()
	case "tools":
		if p.Call.Operation == genai.OperationChat {
			p.Tools(r)
		}
	case "stream":
		if value, ok := r.Bool(); ok {
			d.StreamAsked = value
		}
	case "format":
		readFormat(p, r)
	case "think":
		if r.Kind() == jsonscan.String {
			p.ReasoningLevel(r, "none")
		} else {
			p.Thinks(r)
		}
	case "options":
		for key := range r.Object {
			switch string(key) {
			case "num_predict":
				d.MaxTokens = answer.Count(r, d.MaxTokens)
			case "stop":
				d.Stop = prompt.Texts(r, prompt.StopsMax)
			default:
				p.Sampling(key, r)
			}
		}
	}
}

// folded gives a key as Ollama finds it, whatever its capitals (encoding/json, Unmarshal).
func folded(key []byte) []byte {
	for _, c := range key {
		if c != '_' && (c < 'a' || c > 'z') {
			return bytes.ToLower(bytes.ToUpper(key)) // some letters have the same capital as an ASCII one
		}
	}
	return key
}

// readInput counts texts. An empty one for a vector only loads the model.
func readInput(p *prompt.Prompt, r *jsonscan.Reader) {
	some := true
	if p.Call.Turn = 1; r.Kind() == jsonscan.Array {
		p.Call.Turn = r.Length()
	} else {
		some = len(r.Text()) > 0
	}
	if e := p.Detail.Embedding; e != nil && some {
		e.Inputs = genai.Known(int64(p.Call.Turn))
	}
}

// readFormat reads "json" or a schema.
func readFormat(p *prompt.Prompt, r *jsonscan.Reader) {
	switch r.Kind() {
	case jsonscan.String:
		if string(r.Text()) == "json" {
			p.Call.ResponseFormat = "json_object"
		}
	case jsonscan.Object:
		p.Call.ResponseFormat, p.Detail.ResponseSchema, p.Detail.SchemaStrict = "json_schema", r.Raw(), true
	}
}
