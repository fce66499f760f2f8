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
	return decode(genai.OperationChat, x, fields, call, readMember)
}

// DecodeGenerate reads an exchange of /api/generate.
func DecodeGenerate(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decode(genai.OperationTextCompletion, x, fields, call, readMember)
}

// DecodeEmbed reads an exchange of /api/embed.
func DecodeEmbed(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	e := &genai.Embedding{}
	call.NewDetail().Embedding = e
	return decode(genai.OperationEmbeddings, x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		switch string(folded(key)) {
		case "input":
			e.Inputs = readInput(p, r)
		case "dimensions":
			n := answer.Count(r, genai.Count{})
			e.Dimensions = genai.Count{N: n.N, Known: n.N > 0} // 0 asks for none
		default:
			readMember(p, key, r)
		}
	})
}

// DecodeEmbeddings reads an exchange of /api/embeddings, which was there before: its vector is of the prompt and has all dimensions.
func DecodeEmbeddings(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	e := &genai.Embedding{}
	call.NewDetail().Embedding = e
	return decode(genai.OperationEmbeddings, x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		if string(folded(key)) == "prompt" {
			e.Inputs = readInput(p, r)
		} else {
			readMember(p, key, r)
		}
	})
}

func decode(operation genai.Operation, x *exchange.Exchange, fields caller.Fields, call *genai.Call, member prompt.Member) error {
	call.Operation, call.Provider = operation, provider
	if call.Detail == nil {
		call.NewDetail()
	}
	call.Detail.StreamAsked = operation != genai.OperationEmbeddings
	requestErr := prompt.Read(x, fields, call, member)
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

// readInput counts texts. It gives none for an empty one, which only loads the model.
func readInput(p *prompt.Prompt, r *jsonscan.Reader) genai.Count {
	if p.Call.Turn = 1; r.Kind() == jsonscan.Array {
		p.Call.Turn = r.Length()
	} else if len(r.Text()) == 0 {
		return genai.Count{}
	}
	return genai.Known(int64(p.Call.Turn))
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
