// Package answer gathers what a model answered, whatever API it answers by and whether it comes whole or in pieces, and
// writes it into a Call. Decoders fold what they read into an Answer; both forms of an answer come to the same Call.
package answer

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/apierror"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/tokens"
)

// Limits of what is kept of one answer; what is over is left out and marks the call as cut.
const (
	ChoicesMax = 128
	// ToolCallsMax bounds the tool calls of a choice.
	ToolCallsMax = 1024
	// CallsMax bounds the tool calls of all choices together.
	CallsMax = 4096
	// textBytesMax bounds all text, reasoning, refusals and arguments together.
	textBytesMax = 8 << 20
)

// Answer is what the pieces of an answer amount to.
type Answer struct {
	ID, Model, Fingerprint, Tier string
	Choices                      []Choice
	// Usage is what the server reports; the zero value stands for nothing.
	Usage genai.Usage
	// InputUncounted tells that the input of Usage is a 0 from before the server had counted, which it never did.
	InputUncounted bool
	// Timed are counts that the server gives for another purpose. They serve as an estimate where Usage is missing.
	Timed genai.Usage
	// Cost is what the server says that the call cost.
	Cost Cost
	// NoEstimate tells that where Usage is missing none may be estimated; NoOutput, that answers of this API hold no text
	// of a model, so that no output is estimated.
	NoEstimate, NoOutput bool
	// CountsMember is the member at the end of an answer's object that has its token counts, of an API that calls it
	// otherwise than lastMembers.
	CountsMember string
	Failed       bool
	Failure      apierror.Error
	// Ended tells that the answer came to the end that its API defines.
	Ended bool
	// Cut tells that a limit left something out.
	Cut bool

	errorStatus bool // the HTTP status is an error

	reader    jsonscan.Reader // of the value in hand; here, so that it is allocated once
	textBytes int
	calls     int   // of all choices
	gap       bool  // the text that follows does not continue the text before
	left      int64 // an estimate of the tokens that textBytesMax left out
}

// Choice is one alternative answer.
type Choice struct {
	Index                    int
	Text, Reasoning, Refusal []byte
	LastMessage              int // see genai.Choice
	Calls                    []ToolCall
	Finish                   string
	Stop                     genai.Stop
	NoStopTold               bool // in an object before
	Logprobs                 bool
	LogprobTokens            int
	LogprobAlternatives      int
	Hidden, Other            bool // see genai.Choice
}

// ToolCall is a tool call that a model made. Its fields are those of genai.ToolCall; Index is its place on the wire.
type ToolCall struct {
	Index          int
	ID, Name, Kind string
	Arguments      []byte
	NotText        bool
	ByServer       bool
	// Extended tells that a part of the arguments came after the call's beginning.
	Extended bool
	// AtOnce tells that all of the call came in one part.
	AtOnce bool

	nesting jsonscan.Nesting // of arguments that ArgumentsClosed was asked about
}

// ArgumentsClosed tells whether all brackets and quotes in the arguments are closed, which so far came piece by piece.
func (c *ToolCall) ArgumentsClosed() bool { return c.nesting.Closed(c.Arguments) }

// keptBytesMax is up to which size the memory of a text serves the next answer.
const keptBytesMax = 64 << 10

// Reset makes an Answer ready for another one, which uses its memory again.
func (a *Answer) Reset() { *a = Answer{Choices: a.Choices[:0]} }

// KeepFirst sets a name that is not set; some servers send empty names first, or other names later.
func KeepFirst(field *string, value []byte) {
	if *field == "" && len(value) > 0 {
		*field = jsonscan.Name(value)
	}
}

// Choice gives the choice of that index; nil, and the answer is cut, when it is over the limit.
func (a *Answer) Choice(index int) *Choice {
	if index >= 0 && index < len(a.Choices) && a.Choices[index].Index == index { // as almost always
		return &a.Choices[index]
	}
	for i := range a.Choices {
		if a.Choices[i].Index == index {
			return &a.Choices[i]
		}
	}
	if index < 0 || index >= ChoicesMax {
		a.Cut = true
		return nil
	}
	n := len(a.Choices)
	if n == cap(a.Choices) {
		a.Choices = append(a.Choices, Choice{})
	}
	a.Choices = a.Choices[:n+1]
	c := &a.Choices[n]
	*c = Choice{Index: index, Text: emptied(c.Text), Reasoning: emptied(c.Reasoning), Refusal: emptied(c.Refusal), Calls: c.Calls[:0]}
	return c
}

func emptied(text []byte) []byte {
	if cap(text) > keptBytesMax {
		return nil
	}
	return text[:0]
}

// Append adds text to a field, up to textBytesMax. Behind the part of a stream that was not copied it adds none.
func (a *Answer) Append(field *[]byte, text []byte) {
	if !a.gap {
		a.append(field, text)
	}
}

func (a *Answer) append(field *[]byte, text []byte) {
	if room := textBytesMax - a.textBytes; len(text) > room {
		a.left += tokens.Estimate(text[room:])
		text, a.Cut = text[:room], true
	}
	a.textBytes += len(text)
	*field = append(*field, text...)
}

// Replace puts text in the place of what a field holds.
func (a *Answer) Replace(field *[]byte, text []byte) {
	a.textBytes -= len(*field)
	*field = (*field)[:0]
	a.append(field, text)
}

// Regather begins the count of the text anew, for a decoder that puts it together out of pieces it kept by Append.
func (a *Answer) Regather() { a.textBytes, a.gap = 0, false }

// NewCall adds a tool call to a choice; nil, and the answer is cut, when it is over the limit.
func (a *Answer) NewCall(c *Choice) *ToolCall {
	if len(c.Calls) >= ToolCallsMax || a.calls >= CallsMax {
		a.Cut = true
		return nil
	}
	a.calls++
	c.Calls = append(c.Calls, ToolCall{Kind: "function"})
	return &c.Calls[len(c.Calls)-1]
}

// DropCalls takes the tool calls of a choice out of it.
func (a *Answer) DropCalls(c *Choice) {
	a.calls -= len(c.Calls)
	c.Calls = c.Calls[:0]
}

// Fail takes an error that the answer reports. Of several errors the last one that says something counts.
func (a *Answer) Fail(failure *apierror.Collector) {
	if !failure.Found(a.errorStatus) {
		return
	}
	if a.Failed = true; failure.Error != (apierror.Error{}) {
		a.Failure = failure.Error
	}
}

// Finished tells whether there are choices and each has a finish reason.
func (a *Answer) Finished() bool {
	return len(a.Choices) > 0 && !slices.ContainsFunc(a.Choices, func(c Choice) bool { return c.Finish == "" })
}

// wrote tells whether there is output of any kind.
func (a *Answer) wrote() bool {
	return slices.ContainsFunc(a.Choices, func(c Choice) bool {
		return len(c.Text)+len(c.Reasoning)+len(c.Refusal)+len(c.Calls) > 0 || c.Hidden || c.Other
	})
}

// output gives all that the model wrote.
func (a *Answer) output() []byte {
	var all [][]byte
	for i := range a.Choices {
		c := &a.Choices[i]
		all = append(all, c.Text, c.Reasoning, c.Refusal)
		for j := range c.Calls {
			all = append(all, []byte(c.Calls[j].Name), c.Calls[j].Arguments)
		}
	}
	return bytes.Join(all, nil)
}

// Count reads a number of tokens; null, a negative number or another kind leaves what was known before.
func Count(r *jsonscan.Reader, before genai.Count) genai.Count {
	if n, ok := r.Int(); ok && n >= 0 {
		return genai.Known(n)
	}
	return before
}
