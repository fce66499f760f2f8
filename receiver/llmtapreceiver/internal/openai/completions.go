package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeCompletions reads an exchange of /v1/completions. The answer decides whether it was one of llama.cpp's own API.
func DecodeCompletions(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	if isLlama(x.Response.Body) {
		return DecodeLlama(x, fields, call)
	}
	call.Operation, call.Provider = genai.OperationTextCompletion, provider
	return errors.Join(prompt.Read(x, fields, call, readCompletionsMember), readChoices(x, call))
}

// DecodeFIM reads an exchange of Mistral's /v1/fim/completions: the request is one of completions, the answer one of chat
// completions, or of completions with others who serve it.
func DecodeFIM(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationTextCompletion, genai.ProviderMistral
	return errors.Join(prompt.Read(x, fields, call, readFIMMember), readChoices(x, call))
}

// readFIMMember leaves what the API has not: other answers, log probabilities and forms.
func readFIMMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "prompt", "max_tokens", "model", "stream", "stream_options", "stop", "min_tokens", "echo":
		readCompletionsMember(p, key, r)
	default:
		p.Sampling(key, r)
	}
}

// DecodeEdits reads an exchange of /v1/edits, which OpenAI had and LocalAI has: texts are rewritten by an instruction. It has no streams and no
// finish reasons.
func DecodeEdits(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationTextCompletion, provider
	call.NewDetail().EndsUntold = true
	return errors.Join(prompt.Read(x, fields, call, readEditsMember), readChoices(x, call))
}

func readEditsMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "input":
		p.Call.Turn = texts(r)
	case "model", "n":
		readMember(p, key, r)
	default:
		p.Sampling(key, r)
	}
}

func readCompletionsMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "prompt":
		given, at := r.Rest(), r.Pos()
		p.Call.Turn = texts(r)
		d.Prompt = given[:min(r.Pos()-at, len(given))]
	case "max_tokens":
		readBound(d, r)
	case "n_predict":
		readBoundIn(genai.WordOfLlama, d, r)
	case "logprobs": // of 0 alternatives llama.cpp gives none
		n, ok := r.Int()
		d.LogprobsAsked = ok && n > 0
	case "echo":
		d.Echoed = r.True()
	case "best_of":
		n, _ := r.Int()
		d.BestOf = int(max(0, min(n, answer.ChoicesMax)))
	case "response_format":
		readResponseFormat(p, r, genai.WordOfEngines)
	case "json_schema": // which SGLang has here alone
		readForm(p, r, genai.WordOfGrammars)
	default:
		readMember(p, key, r)
	}
}

// texts counts the texts of a string, a list of strings, or one or more lists of tokens.
func texts(r *jsonscan.Reader) int {
	if r.Kind() != jsonscan.Array {
		r.Skip()
		return 1
	}
	n, tokens := 0, false
	for range r.Array {
		tokens = tokens || r.Kind() == jsonscan.Number
		n++
	}
	if tokens {
		return 1
	}
	return n
}
