package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeLlama reads an exchange of /completion, llama.cpp's own form of completions.
func DecodeLlama(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationTextCompletion, genai.ProviderLlamaCpp
	timed, grammar := false, false
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		switch string(key) {
		case "t_max_predict_ms":
			limit, _ := r.Int()
			timed = limit > 0
		case "grammar":
			grammar = true
		default:
			readLlamaMember(p, key, r)
		}
	})
	if grammar { // which goes before a schema
		call.ResponseFormat, call.Detail.ResponseSchema = "", nil
	}
	if timed { // the answer is as long as there is time
		call.Detail.Sampling.Seed = genai.Count{}
	}
	return errors.Join(requestErr, readLlamaAnswer(x, call))
}

// DecodeInfill reads an exchange of llama.cpp's /infill: a completion of the gap between two texts.
func DecodeInfill(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	err := DecodeLlama(x, fields, call)
	call.Turn = 1
	return err
}

func readLlamaMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "prompt":
		readPrompts(p, r)
	case "n_cmpl":
		readMember(p, []byte("n"), r)
	case "stop": // a string it does not heed
		if r.Kind() == jsonscan.Array {
			readMember(p, key, r)
		}
	case "logprobs", "response_format", "best_of", "echo", "guided_choice", "guided_regex", "guided_json", "regex", "structured_outputs": // of others
	case "json_schema":
		if r.Kind() == jsonscan.Object {
			p.Call.ResponseFormat, d.ResponseSchema, d.SchemaStrict = "json_schema", r.Raw(), true
		}
	case "response_fields":
		d.UsageOff = r.Length() > 0
	case "seed": // one below zero stands for chance
		seed, ok := r.Int()
		d.Sampling.Seed = genai.Count{N: seed, Known: ok && seed >= 0}
	default:
		readCompletionsMember(p, key, r)
	}
}

// readPrompts counts the prompts. Of one with pictures or sounds beside its text it is not said which of both they are.
func readPrompts(p *prompt.Prompt, r *jsonscan.Reader) {
	again := *r
	p.Call.Turn = texts(r)
	readMultimodal(p, &again)
	for range again.Array {
		readMultimodal(p, &again)
	}
}

func readMultimodal(p *prompt.Prompt, r *jsonscan.Reader) {
	if r.Kind() != jsonscan.Object {
		return
	}
	for range r.Named("multimodal_data") {
		p.Call.InputFiles += r.Length()
	}
}
