package openai

import (
	"cmp"
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// decodeTGI reads an exchange of TGI's own API.
func decodeTGI(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	if operation := teiOperation(x); operation != "" {
		return decodeTEI(operation, x, fields, call)
	}
	call.Operation, call.Provider = genai.OperationTextCompletion, genai.ProviderTGI
	d := call.NewDetail()
	d.StopKept, d.UsageOff = true, true
	requestErr := prompt.Read(x, fields, call, readTGIMember)
	var a tgiAnswer
	if a.Gather(x, call, a.read, a.read); call.Stream {
		call.Detail.Done = a.Ended
	} else {
		a.readHeader(&x.Response)
	}
	failByReason(&a.Answer)
	return errors.Join(requestErr, a.Put(x, call))
}

func readTGIMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "inputs":
		p.Call.Turn = texts(r)
	case "stream": // of what comes to /
		p.Stream(r)
	case "parameters":
		for key := range r.Object {
			readTGIParameter(p, key, r)
		}
	}
}

func readTGIParameter(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "max_new_tokens":
		readBound(d, r)
	case "details":
		d.UsageOff = !r.True()
	case "return_full_text":
		d.Echoed = r.True()
	case "truncate":
		d.ShorteningAsked = r.Kind() == jsonscan.Number
	case "grammar":
		readTGIGrammar(p, r)
	case "best_of", "stop":
		readCompletionsMember(p, key, r)
	default:
		p.Sampling(key, r)
	}
}

// readTGIGrammar reads {"type":"json","value":schema} or {"type":"regex","value":"pattern"}.
func readTGIGrammar(p *prompt.Prompt, r *jsonscan.Reader) {
	var form askedForm
	var value []byte
	for key := range r.Object {
		switch string(key) {
		case "type":
			form.name = r.String()
		case "value":
			value = readGuide(r)
		}
	}
	if form.takeTGIGuide(p, value); form.schema != nil {
		form.put(p)
	}
}

// takeTGIGuide takes what a grammar of a kind, or a response_format of a type, has for its value.
func (f *askedForm) takeTGIGuide(p *prompt.Prompt, value []byte) {
	switch {
	case value == nil:
	case f.name == "json", f.name == "json_object":
		*f = askedForm{"json_schema", value, true, cmp.Or(f.word, genai.WordOfTGI)}
	case f.name == "regex":
		p.Detail.AnswerRegex, p.Detail.RegexWord = string(value), genai.WordOfTGI
	}
}

// tgiAnswer is what an answer amounts to: {"generated_text","details"}, or a stream of {"token","generated_text","details"} of
// which the last one has the whole text. See readLightLLM for those that have no details.
type tgiAnswer struct{ answer.Answer }

// read reads an object, or the list of one that comes to /.
func (a *tgiAnswer) read(_ []byte, r *jsonscan.Reader) (piece bool) {
	return eachResult(r, a.readObject)
}

func (a *tgiAnswer) readObject(r *jsonscan.Reader, _ int) (piece bool) {
	var failure apierror.Collector
	for key := range r.Object {
		switch string(key) {
		case "token":
			token := a.readToken(r)
			a.Append(&a.Choice(0).Text, token)
			piece = piece || len(token) > 0
		case "generated_text":
			a.readText(r)
		case "details":
			a.readDetails(r)
		default:
			if !a.readLightLLM(key, r) {
				failure.Member(key, r)
			}
		}
	}
	a.Fail(&failure)
	return piece
}

func (a *tgiAnswer) readText(r *jsonscan.Reader) {
	if r.Kind() == jsonscan.Null {
		return
	}
	a.Ended = true
	eachResult(r, func(r *jsonscan.Reader, place int) bool {
		if r.Kind() != jsonscan.String {
			return false
		}
		if c := a.Choice(place); c != nil {
			a.Replace(&c.Text, r.Text())
		}
		return false
	})
}

// readToken gives the text of a token. That of a special one is none of the answer.
func (a *tgiAnswer) readToken(r *jsonscan.Reader) (text []byte) {
	special := false
	for key := range r.Object {
		switch string(key) {
		case "text":
			text = r.Text()
		case "special":
			special = r.True()
		default:
			a.readLightLLM(key, r)
		}
	}
	if special {
		return nil
	}
	return text
}

func (a *tgiAnswer) readDetails(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "finish_reason":
			a.Choice(0).Finish = jsonscan.Name(r.Whole())
		case "generated_tokens":
			a.Usage.Output = answer.Count(r, a.Usage.Output)
		case "input_length", "prompt_tokens": // the latter: LightLLM
			a.Usage.Input = answer.Count(r, a.Usage.Input)
		}
	}
}

// readHeader reads the counts that the header of an answer in one piece has, asked for details or not.
func (a *tgiAnswer) readHeader(m *exchange.Message) {
	for _, count := range []struct {
		field string
		of    *genai.Count
	}{{"x-prompt-tokens", &a.Usage.Input}, {"x-generated-tokens", &a.Usage.Output}} {
		if n := headerCount(m, count.field); n.Known && !count.of.Known {
			*count.of = n
		}
	}
}
