package genai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Limits of what is read of the content attributes of a span.
const (
	contentBytesMax  = 1 << 20 // of one attribute; a longer one is not read
	contentToolsMax  = 1024
	contentCallsMax  = 1024 // of one message
	contentChoiceMax = 128
)

// ReadContent reads what the opt-in attributes of a span hold of messages and tools into the call's detail. It is false
// when the span does not have what the model answered. A span tells neither all of the request nor how the answer came.
func ReadContent(span ptrace.Span, c *Call) bool {
	var output [contentChoiceMax]*contentMessage // more than there is room for take no memory
	if !readContent(span, AttrOutputMessages, &output) || output[0] == nil {
		return false
	}
	var input []contentMessage
	c.Detail = &Detail{ChoiceCount: 1}
	seen := readContent(span, AttrInputMessages, &input)
	c.Detail.RequestUnknown = !seen
	for i := range input {
		c.Detail.addTurn(&input[i])
	}
	var tools []contentTool
	if !readContent(span, AttrToolDefinitions, &tools) {
		c.Detail.MoreTools = true
	}
	for i := range tools[:min(len(tools), contentToolsMax)] {
		c.Detail.addTool(&tools[i])
	}
	for i, message := range output {
		if message == nil {
			continue
		}
		choice := message.choice(i)
		if choice.FinishReason == "" && i < len(c.FinishReasons) {
			choice.FinishReason = c.FinishReasons[i]
		}
		c.Detail.Choices = append(c.Detail.Choices, choice)
	}
	if kind, ok := span.Attributes().Get(AttrOutputType); ok && kind.Str() == "json" && c.ResponseFormat == "" {
		c.ResponseFormat = "json_object"
	}
	return true
}

// readContent reads an attribute that is structured, or JSON text where its sender could not structure it.
func readContent(span ptrace.Span, name string, into any) bool {
	value, ok := span.Attributes().Get(name)
	if !ok {
		return false
	}
	text := []byte(nil)
	switch value.Type() {
	case pcommon.ValueTypeStr:
		text = []byte(value.Str())
	case pcommon.ValueTypeSlice:
		text, _ = json.Marshal(value.Slice().AsRaw())
	}
	return len(text) > 0 && len(text) <= contentBytesMax && json.Unmarshal(text, into) == nil
}

// contentMessage is a message as the conventions have it.
type contentMessage struct {
	Role         string        `json:"role"`
	Parts        []contentPart `json:"parts"`
	FinishReason string        `json:"finish_reason"`
}

type contentPart struct {
	Type      string          `json:"type"`
	Content   json.RawMessage `json:"content"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// contentTool is a tool as the conventions have it, or as a request of Chat Completions or Messages has.
type contentTool struct {
	Type string `json:"type"`
	contentFunction
	Function    contentFunction `json:"function"`
	InputSchema json.RawMessage `json:"input_schema"`
}

type contentFunction struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters"`
}

func (t *contentTool) schema() []byte {
	for _, schema := range []json.RawMessage{t.Parameters, t.Function.Parameters, t.InputSchema} {
		if bytes.HasPrefix(bytes.TrimSpace(schema), []byte("{")) {
			return schema
		}
	}
	return nil
}

// addTool takes one without a name, which may stand for several, for more than are known.
func (d *Detail) addTool(t *contentTool) {
	name := cmp.Or(t.Name, t.Function.Name)
	if name == "" {
		d.MoreTools = true
		return
	}
	d.Tools = append(d.Tools, Tool{Name: name, Kind: t.Type, Schema: t.schema()})
}

func (d *Detail) addTurn(m *contentMessage) {
	for i := range m.Parts {
		part := &m.Parts[i]
		switch part.Type {
		case "text", "reasoning":
			d.PromptTextBytes += int64(len(part.Content))
		case "tool_call":
			d.TurnCallIDs = append(d.TurnCallIDs, part.ID)
		case "tool_call_response":
			if part.ID != "" {
				d.TurnResultIDs = append(d.TurnResultIDs, part.ID)
			}
		}
	}
}

func (m *contentMessage) choice(index int) Choice {
	c := Choice{Index: index, FinishReason: m.FinishReason, Other: len(m.Parts) == 0}
	var text, reasoning strings.Builder
	for i := range m.Parts {
		part := &m.Parts[i]
		switch part.Type {
		case "text":
			text.WriteString(part.text())
		case "reasoning":
			reasoning.WriteString(part.text())
		case "tool_call":
			if len(c.ToolCalls) < contentCallsMax {
				c.ToolCalls = append(c.ToolCalls, ToolCall{
					ID: part.ID, Name: part.Name, Kind: "function", Arguments: part.arguments(),
				})
			}
		default:
			c.Other = true
		}
	}
	c.Text, c.Reasoning = text.String(), reasoning.String()
	return c
}

// text gives the content of a part; one that is no string tells nothing.
func (p *contentPart) text() string { return stringOf(p.Content) }

// arguments gives the JSON that they are, or that their string holds.
func (p *contentPart) arguments() string {
	switch {
	case bytes.HasPrefix(p.Arguments, []byte(`"`)):
		return stringOf(p.Arguments)
	case string(p.Arguments) == "null":
		return ""
	}
	return string(p.Arguments)
}

func stringOf(value json.RawMessage) (text string) {
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}
