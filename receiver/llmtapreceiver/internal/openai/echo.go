package openai

import (
	"bytes"
	"slices"

	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// responseEcho is what a response repeats of its request.
type responseEcho struct {
	previous  string
	notStored bool
	format    string
	maxTokens genai.Count
	unbounded bool // it says that there is no maxTokens
	sampling  struct{ temperature, topP genai.Number }
	parallel  *bool
	tools     []genai.Tool
	// conversation is the one that it is of; told, that it says so, if only that it is of none.
	conversation string
	told         bool
}

func (e *responseEcho) read(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "previous_response_id":
		e.previous = r.Name()
	case "conversation":
		e.told, e.conversation = true, readConversation(r)
	case "store":
		e.notStored = r.False()
	case "max_output_tokens":
		e.unbounded = r.Kind() == jsonscan.Null
		e.maxTokens = answer.Count(r, genai.Count{})
	case "temperature":
		e.sampling.temperature.Value, e.sampling.temperature.Known = r.Float()
	case "top_p":
		e.sampling.topP.Value, e.sampling.topP.Known = r.Float()
	case "parallel_tool_calls":
		if parallel, ok := r.Bool(); ok {
			e.parallel = &parallel
		}
	case "text":
		for range r.Named("format") {
			for range r.Named("type") {
				e.format = jsonscan.Word(r.Name())
			}
		}
	case "tools":
		e.tools = e.tools[:0]
		for range r.Array {
			if tool := prompt.ReadTool(r, true); len(e.tools) < prompt.ToolsMax {
				e.tools = append(e.tools, tool)
			}
		}
	}
}

// compare notes what the answer repeats in another way than it was asked.
func (e *responseEcho) compare(call *genai.Call) {
	d := call.Detail
	d.EchoedResponseID, d.EchoedMaxTokens = e.previous, e.maxTokens
	d.EchoedConversation, d.ConversationTold = e.conversation, e.told
	if e.unbounded {
		d.EchoedMaxTokens = genai.Known(genai.Unbounded)
	}
	if d.RequestUnknown || call.RequestTruncated {
		return
	}
	d.Flaws.AddIf(e.notStored && !d.StoreOff, genai.FlawStoreEcho)
	d.Flaws.AddIf(e.maxTokens.Known && d.MaxTokens.Known && e.maxTokens != d.MaxTokens, genai.FlawEchoDiffers)
	d.Flaws.AddIf(sampledOtherwise(e.sampling.temperature, d.Sampling.Temperature) || sampledOtherwise(e.sampling.topP, d.Sampling.TopP), genai.FlawEchoDiffers)
	d.Flaws.AddIf(e.parallel != nil && d.ParallelTools != nil && *e.parallel != *d.ParallelTools, genai.FlawEchoDiffers)
	inOwnWord := call.ResponseFormat != "" && d.FormWord == "" // others are not repeated as the text format
	d.Flaws.AddIf(inOwnWord && e.format != "" && e.format != call.ResponseFormat, genai.FlawFormatEcho)
	for _, tool := range d.Tools {
		loose := func(echo genai.Tool) bool { return echo.Name == tool.Name && !echo.Strict }
		d.Flaws.AddIf(tool.Strict && slices.ContainsFunc(e.tools, loose), genai.FlawStrictEcho)
	}
}

// sampledOtherwise compares numbers but for how exactly a server keeps them: 0.2 in 32 bits is 0.200000003.
func sampledOtherwise(echo, asked genai.Number) bool {
	return echo.Known && asked.Known && float32(echo.Value) != float32(asked.Value)
}

// same tells whether items hold the same texts and calls as an output, which is in order.
func (s items) same(other items) bool {
	if len(s) != len(other) {
		return false
	}
	if !slices.IsSortedFunc(s, byIndex) {
		s = slices.Clone(s)
		s.sort()
	}
	return slices.EqualFunc(s, other, func(a, b item) bool {
		return a.kind == b.kind && a.name == b.name && sameName(a.callID, b.callID) && sameArguments(&a, &b) && sameParts(a.parts, b.parts)
	})
}

// misplaced tells that an item is at another place than it has in an output of as many.
func (s items) misplaced() bool {
	return slices.ContainsFunc(s, func(it item) bool { return it.index >= len(s) })
}

// sameName compares ids or names, of which one may be left out.
func sameName(a, b string) bool { return a == b || a == "" || b == "" }

// sameArguments compares arguments: texts as they are, JSON itself however it is written.
func sameArguments(a, b *item) bool {
	if bytes.Equal(a.arguments, b.arguments) || !a.notText || !b.notText {
		return bytes.Equal(a.arguments, b.arguments)
	}
	one, readable := jsonscan.AppendCanonical(nil, a.arguments)
	other, alsoReadable := jsonscan.AppendCanonical(nil, b.arguments)
	return readable && alsoReadable && bytes.Equal(one, other)
}

// sameParts compares parts but for empty ones, which items need not keep.
func sameParts(a, b []part) bool {
	for {
		a, b = fromText(a), fromText(b)
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0].kind != b[0].kind || string(a[0].text) != string(b[0].text) {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

// fromText gives the parts from the first one on that has a text.
func fromText(parts []part) []part {
	for len(parts) > 0 && len(parts[0].text) == 0 {
		parts = parts[1:]
	}
	return parts
}
