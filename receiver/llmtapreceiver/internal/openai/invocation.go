package openai

import (
	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// invocable are the APIs that SageMaker's /invocations stands for in vLLM, SGLang and TGI, by a member that only their
// requests have.
var invocable = map[string]func(*exchange.Exchange, caller.Fields, *genai.Call) error{
	"messages": DecodeChat, "prompt": DecodeCompletions, "inputs": decodeTGI, "input": DecodeEmbeddings, "documents": DecodeRerank,
	"text_1": DecodeScore, "data_1": DecodeScore, "queries": DecodeScore,
}

// AsksInvocation tells whether a request to /invocations is one of these APIs. Models of all kinds have that path.
func AsksInvocation(request *exchange.Message) bool {
	return invoked(request.Body) != "" || prompt.Undecided(request)
}

// DecodeInvocation reads an exchange of /invocations, for which AsksInvocation.
func DecodeInvocation(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	if decode := invocable[invoked(x.Request.Body)]; decode != nil {
		return decode(x, fields, call)
	}
	return DecodeChat(x, fields, call)
}

// invoked gives the member of a request that tells its API; a score has queries beside documents.
func invoked(body []byte) (member string) {
	r := jsonscan.NewLenient(body)
	for key := range r.Object {
		if name := string(key); invocable[name] != nil && member != "queries" {
			member = name
		}
	}
	return member
}
