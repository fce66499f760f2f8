package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeDecision reads an exchange of OpenAI's /v1/decisions: questions with the answers that they allow, to each of which the
// answer gives a probability.
func DecodeDecision(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decodeDecision(provider, x, fields, call)
}

// DecodeSystemOne reads an exchange of /v1/systemone, TypeSafe's form of decisions, which vLLM, SGLang and llama.cpp serve.
func DecodeSystemOne(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decodeDecision(genai.ProviderTypeSafe, x, fields, call)
}

func decodeDecision(provider string, x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationDecision, provider
	questions := 0
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		switch string(key) {
		case "input":
			readResponsesMember(p, key, r)
		case "images":
			p.Call.InputImages += medias(r)
		case "questions":
			questions = members(r)
		default:
			readMember(p, key, r)
		}
	})
	call.Turn = questions
	return errors.Join(requestErr, readTextless(x, call, nil))
}

// members counts those of an object or list.
func members(r *jsonscan.Reader) (n int) {
	if r.Kind() == jsonscan.Array {
		return r.Length()
	}
	for range r.Object {
		n++
	}
	return n
}
