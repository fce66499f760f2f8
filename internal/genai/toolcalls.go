package genai

import (
	"cmp"
	"encoding/json"
	"strings"
)

// answerCallsMax bounds the tool calls that are read of one answer, or the parts among which they are: an array keeps no more than it has
// room for.
const answerCallsMax = 128

// jsonTool is a tool that an answer calls.
type jsonTool struct {
	Name string `json:"name"`
}

// answerPart is a message, an item of a response or a block of content, in which Strands calls a tool.
type answerPart struct {
	Type string `json:"type"`
	jsonTool
	Block jsonTool        `json:"toolUse"` // in Python
	Calls json.RawMessage `json:"tool_calls"`
}

// messageCall is one of Chat Completions, or of LangChain for Python.
type messageCall struct {
	Function jsonTool `json:"function"`
	jsonTool
}

// readToolCalls takes the tool calls of one part of an answer or a list of them. Most answers have none, and are not read.
func (f *foreign) readToolCalls(text string) {
	if !strings.Contains(text, `"tool_calls"`) && !strings.Contains(text, `"function_call"`) && !strings.Contains(text, `"toolUse"`) {
		return
	}
	var parts [answerCallsMax]*answerPart
	if strings.HasPrefix(text, "[") {
		readParameters(text, &parts)
	} else {
		readParameters(text, &parts[0])
	}
	var calls [answerCallsMax]*messageCall
	for i, part := range parts {
		if part == nil {
			continue
		}
		f.addToolCall(i, 0, part.Block.Name)
		if part.Type == "function_call" || part.Type == "toolUse" {
			f.addToolCall(i, 0, part.Name)
		}
		clear(calls[:])
		if !readParameters(string(part.Calls), &calls) {
			continue
		}
		for j, call := range calls {
			if call != nil {
				f.addToolCall(i, j, cmp.Or(call.Function.Name, call.Name))
			}
		}
	}
}

// addToolCall takes a tool call by its number in an answer; one without a name is none.
func (f *foreign) addToolCall(answer, at int, name string) {
	if name != "" {
		f.answerCalls = append(f.answerCalls, indexed{[2]int{answer, at}, name})
	}
}
