// Package openai decodes the APIs that OpenAI defined and other servers speak, each with its makers' variations, and
// those that such servers offer beside them.
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

// provider is the conventions' name for the format, whoever the server is.
const provider = "openai"

// DecodeChat reads an exchange of /v1/chat/completions, whose bodies must be free of content coding, into call. What
// cannot be read is left out of the call and told by the error.
func DecodeChat(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = genai.OperationChat, provider, "chat_completions"
	return errors.Join(prompt.Read(x, fields, call, readChatMember), readChoices(x, call))
}

// readChoices reads an answer of choices. A stream of it ended when [DONE] came, or each choice has a finish reason.
func readChoices(x *exchange.Exchange, call *genai.Call) error {
	var a choicesAnswer
	var c chunk
	form := newChatForm(call)
	fold := func(name []byte, r *jsonscan.Reader) bool {
		c.read(r, &a.usage)
		form.chunk(name, &c)
		if string(name) == "error" {
			c.failure.Flat()
		}
		return a.fold(&c, x.Status >= 400)
	}
	var ended bool
	var err error
	if call.Stream = answer.IsEventStream(x); call.Stream {
		err = a.Events(x, call, fold, fold)
		ended = call.Detail.Done || a.Finished()
	} else {
		ended, err = a.Whole(x, call, fold)
	}
	a.Usage, a.Timed = a.usage.known(), a.usage.timed()
	a.Put(x, call, ended)
	a.usage.note(call)
	form.end()
	return answer.Readable(x, err)
}
