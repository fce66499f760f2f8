package openai

import (
	"bytes"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
)

// sglangAnswer is what the objects of an answer amount to: {"index","text","meta_info"}, a list of them, or a stream, in
// which each has the text so far, or with a setting of the server what is new of it.
type sglangAnswer struct {
	answer.Answer
	results      results
	soFar, isNew bool // what the texts of the stream are, once there are two that tell
}

func (a *sglangAnswer) read(_ []byte, r *jsonscan.Reader) (piece bool) {
	return eachResult(r, a.readPart)
}

// sglangPart is what one object says of a result.
type sglangPart struct {
	result
	text, finish, reason []byte // reason: why it was broken off
	stop                 genai.Stop
	hasText, hasTokens   bool
	failure              apierror.Collector
}

// readPart reads an object of which the place in a list is known; in a stream it says its index itself.
func (a *sglangAnswer) readPart(r *jsonscan.Reader, index int) (piece bool) {
	p := sglangPart{result: result{index: index}}
	for key := range r.Object {
		switch string(key) {
		case "index":
			p.index, _ = choiceIndex(r)
		case "text":
			p.hasText = r.Kind() == jsonscan.String
			p.text = r.Text()
		case "output_ids":
			p.hasTokens = r.Length() > 0
		case "meta_info":
			p.readInfo(r)
		default:
			p.failure.Member(key, r)
		}
	}
	if a.Fail(&p.failure); a.Failed {
		return false
	}
	c := a.Choice(p.index)
	if c == nil {
		return false
	}
	before := len(c.Text)
	a.takeText(c, p.text)
	tokens := p.hasTokens && !p.hasText // of a server that has no tokenizer
	c.Other = c.Other || tokens
	if len(p.finish) > 0 {
		c.Finish, c.Stop = string(p.finish), p.stop
	}
	if r.Err() == nil { // counts belong together
		a.results.note(p.result)
	}
	if c.Finish == "abort" {
		a.Failed, a.Failure = true, apierror.Error{Code: c.Finish, Message: jsonscan.ValidUTF8(p.reason)}
	}
	return len(c.Text) > before || tokens
}

func (a *sglangAnswer) takeText(c *answer.Choice, text []byte) {
	if len(text) == 0 {
		return
	}
	if !a.soFar && !a.isNew && len(c.Text) > 0 && !bytes.Equal(text, c.Text) {
		a.soFar = bytes.HasPrefix(text, c.Text)
		a.isNew = !a.soFar
	}
	if a.isNew {
		a.Append(&c.Text, text)
	} else {
		a.Replace(&c.Text, text)
	}
}

func (p *sglangPart) readInfo(r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "prompt_tokens":
			p.input = answer.Count(r, p.input)
		case "completion_tokens":
			p.output = answer.Count(r, p.output)
		case "cached_tokens":
			p.cached = answer.Count(r, p.cached)
		case "reasoning_tokens":
			p.reasoning = answer.Count(r, p.reasoning)
		case "finish_reason":
			p.readFinish(r)
		}
	}
}

func (p *sglangPart) readFinish(r *jsonscan.Reader) {
	if r.Kind() == jsonscan.String {
		p.finish = r.Whole()
		return
	}
	for key := range r.Object {
		switch string(key) {
		case "type":
			p.finish = r.Whole()
		case "matched":
			p.stop = readStop(r, genai.StopUntold)
		case "message":
			p.reason = r.Text()
		}
	}
}
