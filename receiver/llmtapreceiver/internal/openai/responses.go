package openai

import (
	"errors"
	"strings"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeResponses reads an exchange of POST /v1/responses.
func DecodeResponses(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decodeResponse(genai.OperationChat, x, fields, call)
}

// DecodeCompact reads an exchange of POST /v1/responses/compact, which lets a model shorten a conversation.
func DecodeCompact(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decodeResponse(genai.OperationCompact, x, fields, call)
}

// DecodeInputTokens reads an exchange of POST /v1/responses/input_tokens.
func DecodeInputTokens(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	return decodeResponse(genai.OperationCountTokens, x, fields, call)
}

func decodeResponse(operation genai.Operation, x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = operation, provider, genai.APIResponses
	return errors.Join(prompt.Read(x, fields, call, readResponsesMember), readResponse(x, call))
}

// DecodeFetchResponse reads an exchange of GET /v1/responses/{id}.
func DecodeFetchResponse(x *exchange.Exchange, _ caller.Fields, call *genai.Call) error {
	return decodeStored(genai.OperationFetchResponse, x, call)
}

// DecodeCancelResponse reads an exchange of POST /v1/responses/{id}/cancel.
func DecodeCancelResponse(x *exchange.Exchange, _ caller.Fields, call *genai.Call) error {
	return decodeStored(genai.OperationCancelResponse, x, call)
}

// decodeStored reads what is asked of a response that there is already.
func decodeStored(operation genai.Operation, x *exchange.Exchange, call *genai.Call) error {
	call.Operation, call.Provider, call.APIType = operation, provider, genai.APIResponses
	call.NewDetail()
	return readResponse(x, call)
}

func readResponsesMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "input":
		if r.Kind() == jsonscan.Array {
			p.Messages(r)
		} else {
			p.Call.Turn = 1
			p.Said(r)
		}
	case "instructions":
		if r.Kind() == jsonscan.String {
			p.System(r)
		}
	case "tools":
		p.Tools(r)
	case "tool_choice":
		p.ToolChoice(r)
	case "parallel_tool_calls":
		if value, ok := r.Bool(); ok {
			d.ParallelTools = &value
		}
	case "text":
		for range r.Named("format") {
			readTextFormat(p, r)
		}
	case "max_output_tokens":
		d.MaxTokens = answer.Count(r, d.MaxTokens)
	case "previous_response_id":
		p.Call.PreviousResponseID = r.Name()
	case "prompt": // whose tools the server knows
		d.MoreTools = true
	case "store":
		d.StoreOff = r.False()
	case "reasoning":
		for range r.Named("effort") {
			p.ReasoningLevel(r, "none")
		}
	case "conversation":
		d.MoreTurns = true
		if id := readConversation(r); id != "" {
			p.Call.ConversationID, d.Conversation = id, id
		}
	case "include":
		for range r.Array {
			switch string(r.Text()) {
			case "message.output_text.logprobs":
				d.LogprobsAsked = true
			case "reasoning.encrypted_content":
				d.EncryptedAsked = true
			}
		}
	case "n": // the API has one answer
	case "min_tokens": // nor has vLLM's this
	case "stop": // nor does it have stop strings; of vLLM's and llama.cpp's, not all versions heed them
		readMember(p, key, r)
		d.StopKept = true
	default:
		readMember(p, key, r)
	}
}

// readTextFormat reads what chat completions have in response_format, without its inner object.
func readTextFormat(p *prompt.Prompt, r *jsonscan.Reader) {
	var form askedForm
	for key := range r.Given {
		if string(key) == "type" {
			form.name = jsonscan.Word(r.Name())
		} else {
			form.readSchema(key, r)
		}
	}
	form.put(p)
}

// readConversation reads an id, or an object with one.
func readConversation(r *jsonscan.Reader) (id string) {
	if r.Kind() == jsonscan.String {
		return r.Name()
	}
	for range r.Named("id") {
		id = r.Name()
	}
	return id
}

// readResponse reads the answer. A stream of it ended when a terminal event came.
func readResponse(x *exchange.Exchange, call *genai.Call) error {
	var a responseAnswer
	if a.Gather(x, call, a.event, a.whole); call.Stream {
		a.form.end()
		call.Detail.Flaws.Merge(a.form.flaws)
		a.Ended = a.Ended || call.Detail.Done
		call.Detail.Done = a.Ended
	}
	a.putOutput()
	if call.Detail.EncryptedAsked {
		a.items.noteOpen(&call.Detail.Flaws)
	}
	a.NoEstimate = a.status == "queued" || a.status == "in_progress" && (!call.Stream || a.background)
	a.usage.tell(&a.Answer)
	a.echo.compare(call)
	a.usage.note(call)
	call.Detail.PreviousMissing = a.Failed && isOfPrevious(&a.Failure, call.PreviousResponseID)
	return a.Put(x, call)
}

// isOfPrevious tells of an error that is about the response which the request continues.
func isOfPrevious(failure *apierror.Error, id string) bool {
	return id != "" && (failure.Code == "previous_response_not_found" || strings.Contains(failure.Message, id))
}
