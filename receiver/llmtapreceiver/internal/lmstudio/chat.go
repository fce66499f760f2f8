// Package lmstudio decodes LM Studio's own API, as its docs have it in "REST API", chat.md and streaming-events.md of
// https://github.com/lmstudio-ai/docs/tree/main/1_developer/2_rest. The one before it, /api/v0, has the form of OpenAI's.
package lmstudio

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// provider names the format.
const provider = genai.ProviderLMStudio

// AsksChat tells whether a request is one of LM Studio's. Others have the path /api/v1/chat for something else.
func AsksChat(request *exchange.Message) bool {
	asks := false
	r := jsonscan.New(request.Body)
	for range r.Named("input") {
		asks = true
	}
	return asks || prompt.Undecided(request)
}

// DecodeChat reads an exchange of /api/v1/chat, whose bodies must be free of content coding, into call. What cannot be
// read is left out of the call and told by the error.
func DecodeChat(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationChat, provider
	return errors.Join(prompt.Read(x, fields, call, readMember), readAnswer(x, call))
}

// readAnswer reads the answer. A stream of it ended when chat.end came.
func readAnswer(x *exchange.Exchange, call *genai.Call) error {
	c := chat{current: noCall}
	c.CountsMember = "stats"
	if call.Stream = answer.IsEventStream(x); call.Stream {
		c.Events(x, call, c.event, c.end)
		call.Detail.Done = c.Ended
	} else {
		c.Whole(x, call, c.whole)
	}
	return c.Put(x, call)
}

func readMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "model":
		p.Call.RequestModel = r.Name()
	case "input": // what the user says: a text, or a list of texts and images
		p.Call.Turn = 1
		p.Said(r)
	case "system_prompt":
		p.System(r)
	case "integrations": // of which the server knows the tools
		for range r.Array {
			d.MoreTools = true
		}
	case "stream":
		p.Stream(r)
	case "max_output_tokens":
		d.MaxTokens = answer.Count(r, d.MaxTokens)
	case "reasoning":
		p.ReasoningLevel(r, "off")
	case "store":
		d.StoreOff = r.False()
	case "previous_response_id":
		p.Call.PreviousResponseID = r.Name()
	default:
		p.Sampling(key, r)
	}
}
