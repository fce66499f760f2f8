// Package openai decodes the APIs that OpenAI defined and other servers speak, each with its makers' variations, and
// those that such servers offer beside them.
package openai

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// provider is the conventions' name for the format, whoever the server is.
const provider = genai.ProviderOpenAI

// DecodeChat reads an exchange of /v1/chat/completions, whose bodies must be free of content coding, into call. What
// cannot be read is left out of the call and told by the error.
func DecodeChat(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = genai.OperationChat, provider, genai.APIChatCompletions
	return errors.Join(prompt.Read(x, fields, call, readChatMember), readChoices(x, call))
}

// IsChat tells an answer of chat completions from one of Ollama's: it is a stream of events or an object with choices.
func IsChat(x *exchange.Exchange) bool {
	if answer.IsEventStream(x) {
		return true
	}
	r := jsonscan.New(x.Response.Body)
	for key := range r.Object {
		switch string(key) {
		case "choices":
			return true
		case "created_at", "message", "done", "error": // Ollama's
			return false
		}
	}
	return false
}

// DecodeAgent reads an exchange of Mistral's /v1/agents/completions: chat completions of a model, instructions and tools that the
// server keeps under the request's agent_id.
func DecodeAgent(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = genai.OperationChat, genai.ProviderMistral, genai.APIChatCompletions
	requestErr := prompt.Read(x, fields, call, readChatMember)
	call.Detail.MoreTools = true
	return errors.Join(requestErr, readChoices(x, call))
}

// readChoices reads an answer of choices. A stream of it ended when [DONE] came, or each choice has a finish reason and none is
// still to come.
func readChoices(x *exchange.Exchange, call *genai.Call) error {
	a := choicesReaders.Get().(*choicesReader)
	defer choicesReaders.Put(a)
	a.begin(call)
	if a.Gather(x, call, a.read, a.read); call.Stream {
		a.Ended = call.Detail.Done || a.Finished() && a.counts.allCame(x, len(a.Choices))
	}
	failByReason(&a.Answer)
	call.Detail.Echoed = call.Detail.Echoed && !a.echoed
	a.counts.sum(&a.usage, len(a.Choices), call.Detail.Done)
	a.usage.findNothing()
	a.usage.findThoughts(cmp.Or(a.Model, call.RequestModel))
	a.usage.HostedTools = a.usage.HostedTools || a.searches()
	a.usage.tell(&a.Answer)
	a.Timed = a.usage.timed()
	err := a.Put(x, call)
	a.usage.note(call)
	a.form.end()
	call.Detail.ServerShown = a.server
	call.Detail.Flaws.AddIf(a.moved, genai.FlawToolIndex)
	call.Detail.Flaws.AddIf(call.Stream && a.repeated(), genai.FlawDeltaRepeats)
	return err
}

// searches tells that the answer calls Moonshot's search, which is charged for: clients only hand its arguments back.
func (a *choicesReader) searches() bool {
	return slices.ContainsFunc(a.Choices, func(c answer.Choice) bool {
		return slices.ContainsFunc(c.Calls, func(call answer.ToolCall) bool { return call.Name == "$web_search" })
	})
}

// choicesReader reads answers of choices, one after the other with the same memory.
type choicesReader struct {
	choicesAnswer
	chunk  chunk
	alike  alike
	form   chatForm
	counts choiceCounts
	server string // which members show
	echoed bool   // the prompt came in a member of its own
	space  []byte // for the texts of a chunk
}

var choicesReaders = sync.Pool{New: func() any { return new(choicesReader) }}

func (a *choicesReader) begin(call *genai.Call) {
	a.Reset()
	a.usage, a.alike, a.moved, a.server, a.echoed = usage{}, alike{}, false, "", false
	a.repeats = a.repeats[:0]
	a.form.begin(call)
	a.counts = choiceCounts{resultsOf(call), call.Detail.ContinuousUsage}
	if cap(a.space) > spaceKeptMax {
		a.space = nil
	}
}

// spaceKeptMax is how much memory for the texts of a chunk serves the next answer, in bytes.
const spaceKeptMax = 64 << 10

func (a *choicesReader) read(name []byte, r *jsonscan.Reader) (piece bool) {
	c, data := &a.chunk, r.Rest()
	if len(name) == 0 && a.alike.next(data, &a.space) {
		r.Finish()
	} else {
		a.readChunk(len(name) == 0, data, r)
	}
	if string(name) == "error" {
		c.failure.Flat()
	}
	if r.Err() == nil {
		a.form.chunk(name, c, a.usage.Output.N)
		a.counts.note(c, &a.usage)
	}
	if c.server != "" {
		a.server = c.server
	}
	a.echoed = a.echoed || c.echoed
	return a.fold(c)
}

// readChunk reads a chunk that nothing is known of. plain tells that the next one may be like it.
func (a *choicesReader) readChunk(plain bool, data []byte, r *jsonscan.Reader) {
	a.space = a.space[:0]
	r.Unescape(&a.space)
	begin := r.Pos()
	a.chunk.read(r, &a.usage)
	a.alike = alike{}
	if plain && begin == 0 && r.Err() == nil {
		a.alike.learn(data, &a.chunk)
	}
}
