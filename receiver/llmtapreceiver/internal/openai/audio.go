package openai

import (
	"bytes"
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// DecodeTranscription reads an exchange of /v1/audio/transcriptions.
func DecodeTranscription(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation = genai.OperationTranscription
	return decodeSpoken(x, fields, call)
}

// DecodeTranslation reads an exchange of /v1/audio/translations.
func DecodeTranslation(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation = genai.OperationTranslation
	return decodeSpoken(x, fields, call)
}

// decodeSpoken reads an exchange in which sound is made text.
func decodeSpoken(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Provider = provider
	requestErr := prompt.ReadForm(x, fields, call, readTranscriptMember, func(p *prompt.Prompt, _ string) { p.Call.InputAudios++ })
	return errors.Join(requestErr, readMedia(x, call))
}

// DecodeSpeech reads an exchange of /v1/audio/speech.
func DecodeSpeech(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationSpeech, provider
	return errors.Join(prompt.Read(x, fields, call, readSpeechMember), readMedia(x, call))
}

// DecodeImages reads an exchange of /v1/images/generations, edits or variations, or of inpainting, which is edits under another name.
func DecodeImages(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationImage, provider
	requestErr := prompt.ReadForm(x, fields, call, readImagesMember, func(p *prompt.Prompt, _ string) { p.Call.InputImages++ })
	return errors.Join(requestErr, readMedia(x, call))
}

func readSpeechMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	if string(key) == "stream_format" {
		p.Detail.StreamAsked = string(r.Text()) == "sse"
		return
	}
	readMember(p, key, r)
}

// readImagesMember counts pictures that come in JSON instead of in a form.
func readImagesMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "images", "image", "mask": // the second: xAI and others
		p.Call.InputImages += medias(r)
	default:
		readMember(p, key, r)
	}
}

// readMedia reads an answer that is made of sound or pictures, or is the text of a recording. Tokens are not estimated:
// sound and pictures have none that could be told from outside.
func readMedia(x *exchange.Exchange, call *genai.Call) error {
	a := mediaAnswer{spoken: call.Operation == genai.OperationTranscription || call.Operation == genai.OperationTranslation}
	a.NoEstimate = true
	file := !a.spoken && isBinary(x.Response.Body)
	switch call.Stream = !file && answer.IsEventStream(x); {
	case call.Stream:
		a.streamed = true
		a.Events(x, call, a.fold, a.fold)
		call.Detail.Done = call.Detail.Done || a.Ended
		a.Ended = call.Detail.Done || a.answers && x.End == exchange.Completed
	case !file && isObject(x.Response.Body):
		a.Whole(x, call, a.fold)
	default: // a file, or a transcript as plain text or subtitles
		a.file(x, call)
	}
	if t := call.Detail.Transcript; t != nil && !call.Stream {
		t.Given = a.format(x.Response.Body)
	}
	a.usage.tell(&a.Answer)
	return a.Put(x, call)
}

// binaryHead is how much of a body shows that it is no text.
const binaryHead = 512

// isBinary tells a file from events and JSON by control characters, which these have none of: sound without a head, as PCM is, may
// begin with any byte.
func isBinary(body []byte) bool {
	return bytes.ContainsFunc(body[:min(len(body), binaryHead)], func(c rune) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' })
}

func isObject(body []byte) bool {
	body = bytes.TrimLeft(body, "\ufeff \t\r\n")
	return len(body) > 0 && body[0] == '{'
}

// mediaAnswer is what the events of such an answer amount to. A whole answer is a stream of one event.
type mediaAnswer struct {
	answer.Answer
	usage  usage
	spoken bool // the answer is text
	// inJSON tells that it is JSON with the text, verbose that it has more, as when it was said.
	inJSON, verbose bool
	// streamed tells that this is a stream, answers that each of its events is an answer of its own, as Speaches gave them.
	streamed, answers bool
}

func (a *mediaAnswer) file(x *exchange.Exchange, call *genai.Call) {
	if len(x.Marks) > 0 {
		call.TimeToFirstChunk = x.Marks[0].At
	}
	if len(x.Response.Body) > 0 && x.Status < 400 {
		c := a.Choice(0)
		if c.Other = !a.spoken; a.spoken {
			a.Append(&c.Text, x.Response.Body)
		}
	}
	a.Ended = x.End == exchange.Completed
}

func (a *mediaAnswer) fold(name []byte, r *jsonscan.Reader) (piece bool) {
	var failure apierror.Collector
	kind := name
	var text, delta []byte
	media := 0
	for key := range r.Object {
		switch string(key) {
		case "type":
			value := *r
			kind = value.Text()
			failure.Member(key, r)
		case "text":
			text, a.inJSON = r.Text(), true
		case "delta":
			delta = r.Text()
		case "choices": // vLLM's chunks are those of chat completions
			delta = a.choiceText(r)
		case "model":
			answer.KeepFirst(&a.Model, r.Whole())
		case "data":
			media += r.Length()
		case "audio", "b64_json":
			media = 1
		case "usage":
			a.usage.read(r)
		case "duration": // of verbose_json, which has no usage
			a.verbose = true
			a.usage.readTime(r)
		case "task", "language", "segments", "words":
			a.verbose = true
		default:
			failure.Member(key, r)
		}
	}
	if string(kind) == "error" || string(name) == "error" {
		failure.Flat()
	}
	a.Fail(&failure)
	a.Ended = a.Ended || bytes.HasSuffix(kind, []byte(".done")) || bytes.HasSuffix(kind, []byte(".completed"))
	text, delta = a.whichText(kind, text, delta)
	return a.text(text, delta, bytes.HasSuffix(kind, []byte(".segment"))) || a.media(kind, media)
}

// whichText tells a piece of a transcript from all of it.
func (a *mediaAnswer) whichText(kind, text, delta []byte) (whole, piece []byte) {
	switch {
	case bytes.HasSuffix(kind, []byte(".delta")) && len(delta) == 0: // Mistral's name for it
		return nil, text
	case a.streamed && len(kind) == 0 && len(text) > 0:
		a.answers = true
		return nil, text
	}
	return text, delta
}

// choiceText gives the text of {"delta":{"content"},"finish_reason"}.
func (a *mediaAnswer) choiceText(r *jsonscan.Reader) (text []byte) {
	for range r.Array {
		for key := range r.Object {
			switch string(key) {
			case "delta":
				for range r.Named("content") {
					text = r.Text()
				}
			case "finish_reason":
				if reason := r.Name(); reason != "" {
					a.Choice(0).Finish = reason
				}
			}
		}
	}
	return text
}

// text takes a piece of a transcript in, or all of it. Segments come beside the deltas and repeat them.
func (a *mediaAnswer) text(text, delta []byte, segment bool) (piece bool) {
	if !a.spoken || len(text) == 0 && len(delta) == 0 {
		return false
	}
	if c := a.Choice(0); len(text) > 0 && !segment {
		piece = len(c.Text) == 0
		a.Replace(&c.Text, text)
	} else {
		a.Append(&c.Text, delta)
	}
	return piece || len(delta) > 0 || segment
}

// media counts the sounds or pictures of an event. Those that a stream gives before the last are drafts of it.
func (a *mediaAnswer) media(kind []byte, n int) (piece bool) {
	if n > 0 && !bytes.HasSuffix(kind, []byte(".partial_image")) {
		for i := range min(n, answer.ChoicesMax+1) { // one over the limit marks the answer as cut
			if c := a.Choice(i); c != nil {
				c.Other = true
			}
		}
	}
	return n > 0
}
