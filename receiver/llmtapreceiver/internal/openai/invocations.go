package openai

import (
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// AsksInvocation tells whether a request to /invocations is one to a model that llmtap knows the form of. SageMaker has that path for
// whatever a server does.
func AsksInvocation(request *exchange.Message) bool {
	return invoked(request.Body) != nil || prompt.Undecided(request)
}

// DecodeInvocations reads an exchange of /invocations, for which AsksInvocation. vLLM and SGLang serve their other APIs there; what the
// request holds tells which.
func DecodeInvocations(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	if decode := invoked(x.Request.Body); decode != nil {
		return decode(x, fields, call)
	}
	return DecodeChat(x, fields, call)
}

type decoder func(*exchange.Exchange, caller.Fields, *genai.Call) error

// invocations are the members that tell an API, in the order in which vLLM looks for them.
var invocations = [...]struct {
	member string
	decode decoder
}{
	{"messages", DecodeChat}, {"prompt", DecodeCompletions}, {"input", DecodeEmbeddings}, {"documents", DecodeRerank},
	{"text_1", DecodeScore},
}

// invoked gives the decoder for a request; nil for none.
func invoked(body []byte) decoder {
	first := len(invocations)
	r := jsonscan.New(body)
	for key := range r.Object {
		for i := range invocations[:first] {
			if string(key) == invocations[i].member {
				first = i
				break
			}
		}
	}
	if first == len(invocations) {
		return nil
	}
	return invocations[first].decode
}
