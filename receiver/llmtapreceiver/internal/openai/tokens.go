package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// decodeTokens reads an exchange of vLLM's /inference/v1/generate, to and from which prompt and answer go as tokens.
func decodeTokens(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationTextCompletion, genai.ProviderVLLM
	asked := 0
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		switch string(key) {
		case "token_ids":
			asked, p.Call.Turn = r.Length(), 1
		case "sampling_params":
			for key := range r.Object {
				readCompletionsMember(p, key, r)
			}
		default:
			readMember(p, key, r)
		}
	})
	call.Detail.UsageOff = !call.Detail.IncludeUsage // whole answers have it of late only
	var a tokensAnswer
	if a.Gather(x, call, a.read, a.read); call.Stream {
		a.Ended = call.Detail.Done || a.Finished()
	}
	failByReason(&a.Answer)
	a.usage.tell(&a.Answer)
	err := a.Put(x, call)
	if u := &call.Usage; u.Source == genai.UsageEstimated && !x.Response.Truncated { // its tokens were all seen
		u.Input, u.Output = genai.Known(int64(asked)), genai.Known(a.made)
	}
	return errors.Join(requestErr, err)
}

// tokensAnswer is what {"request_id","model","choices":[{"index","token_ids","text","finish_reason"}],"usage"} or a stream of them
// amounts to. Only who asks for text gets it.
type tokensAnswer struct {
	choicesAnswer
	made int64
}

func (a *tokensAnswer) read(_ []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	for key := range r.Object {
		switch string(key) {
		case "request_id":
			answer.KeepFirst(&a.ID, r.Whole())
		case "model":
			answer.KeepFirst(&a.Model, r.Whole())
		case "usage":
			a.usage.read(r)
		case "choices":
			for i := range r.Array {
				piece = a.readChoice(r, i) || piece
			}
		default:
			failure.Member(key, r)
		}
	}
	a.Fail(&failure)
	return piece
}

func (a *tokensAnswer) readChoice(r *jsonscan.Reader, index int) (piece bool) {
	var text, finish []byte
	var odds delta
	made, hasText := 0, false
	for key := range r.Object {
		switch string(key) {
		case "index":
			index, _ = choiceIndex(r)
		case "text":
			hasText = r.Kind() == jsonscan.String
			text = r.Text()
		case "token_ids":
			made += r.Length()
		case "finish_reason":
			finish = r.Whole()
		case "logprobs":
			odds.readLogprobs(r)
		}
	}
	a.made += int64(made)
	if c := a.Choice(index); c != nil {
		a.Append(&c.Text, text)
		c.Other = c.Other || made > 0 && !hasText
		c.Logprobs = c.Logprobs || odds.logprobs
		if len(finish) > 0 {
			c.Finish = jsonscan.Name(finish)
		}
	}
	return made > 0 || len(text) > 0
}
