package openai

import (
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
	tools     []genai.Tool
}

func (e *responseEcho) read(key []byte, r *jsonscan.Reader) {
	switch string(key) {
	case "previous_response_id":
		e.previous = r.Name()
	case "store":
		stored, ok := r.Bool()
		e.notStored = ok && !stored
	case "max_output_tokens":
		e.maxTokens = answer.Count(r, genai.Count{})
	case "text":
		for key := range r.Object {
			if string(key) == "format" {
				for key := range r.Object {
					if string(key) == "type" {
						e.format = jsonscan.Word(r.Name())
					}
				}
			}
		}
	case "tools":
		e.tools = e.tools[:0]
		for range r.Array {
			if tool := prompt.ReadTool(r); len(e.tools) < prompt.ToolsMax {
				e.tools = append(e.tools, tool)
			}
		}
	}
}

// compare notes what the answer repeats in another way than it was asked.
func (e *responseEcho) compare(call *genai.Call) {
	d := call.Detail
	d.EchoedResponseID = e.previous
	if d.RequestUnknown || call.RequestTruncated {
		return
	}
	d.Flaws.AddIf(e.notStored && !d.StoreOff, genai.FlawStoreEcho)
	d.Flaws.AddIf(e.maxTokens.Known && d.MaxTokens.Known && e.maxTokens != d.MaxTokens, genai.FlawEchoDiffers)
	d.Flaws.AddIf(e.format != "" && call.ResponseFormat != "" && e.format != call.ResponseFormat, genai.FlawFormatEcho)
	for _, tool := range d.Tools {
		loose := func(echo genai.Tool) bool { return echo.Name == tool.Name && !echo.Strict }
		d.Flaws.AddIf(tool.Strict && slices.ContainsFunc(e.tools, loose), genai.FlawStrictEcho)
	}
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
		return a.kind == b.kind && a.name == b.name && string(a.arguments) == string(b.arguments) && sameParts(a.parts, b.parts)
	})
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
