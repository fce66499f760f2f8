package genai

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// indexed is a text with the numbers that its attribute's name holds.
type indexed struct {
	at   [2]int
	text string
}

// indexMax bounds the numbers in attribute names; more is no list that anybody sent.
const indexMax = 1 << 16

// cutIndex splits "12.rest" into 12 and rest.
func cutIndex(name string) (index int, rest string, ok bool) {
	digits, rest, _ := strings.Cut(name, ".")
	index, err := strconv.Atoi(digits)
	return index, rest, err == nil && index >= 0 && index < indexMax
}

// readIndexed reads lists that were flattened into attributes: prompt.N.role, completion.N.tool_calls.M.name and the
// like.
func (f *foreign) readIndexed(name string, v pcommon.Value) bool {
	for _, list := range []struct {
		prefix string
		count  *int
	}{
		{"prompt.", &f.call.Turn}, {"input_messages.", &f.call.Turn}, {"prompts.", &f.call.Turn},
		{"request.functions.", &f.call.ToolsOffered}, {"tools.", &f.call.ToolsOffered},
	} {
		if rest, ok := strings.CutPrefix(name, list.prefix); ok {
			if index, _, ok := cutIndex(rest); ok {
				*list.count = max(*list.count, index+1)
			}
			return true
		}
	}
	rest, ok := strings.CutPrefix(name, "completion.")
	if !ok {
		if rest, ok = strings.CutPrefix(name, "output_messages."); !ok {
			return false
		}
	}
	choice, rest, ok := cutIndex(rest)
	if !ok {
		return true
	}
	rest = strings.TrimPrefix(rest, "message.")
	if rest == "finish_reason" {
		f.choices = append(f.choices, indexed{[2]int{choice}, v.Str()})
	}
	if rest, ok = strings.CutPrefix(rest, "tool_calls."); ok {
		if at, rest, ok := cutIndex(rest); ok && (rest == "name" || rest == "tool_call.function.name") {
			f.toolCalls = append(f.toolCalls, indexed{[2]int{choice, at}, v.Str()})
		}
	} else if rest == "function_call.name" {
		f.toolCalls = append(f.toolCalls, indexed{[2]int{choice}, v.Str()})
	}
	return true
}

// messagesBytesMax bounds JSON texts in attributes; a longer one is not read.
const messagesBytesMax = 4 << 20

// readJSON reads a JSON text in an attribute. It gives false for one that is none, or too long.
func readJSON(text string, into any) bool {
	return len(text) <= messagesBytesMax && json.Unmarshal([]byte(text), into) == nil
}

// readParameters is readJSON for an object in which applications may put what they like: members of other types than expected are passed
// over, and take no memory.
func readParameters(text string, into any) bool {
	if len(text) > messagesBytesMax {
		return false
	}
	err := json.Unmarshal([]byte(text), into)
	_, otherType := errors.AsType[*json.UnmarshalTypeError](err)
	return err == nil || otherType
}

// readMessages gives the length of a list, as JSON text or structured, and adds the tool calls among its parts.
func readMessages(v pcommon.Value, toolCalls *[]indexed) int {
	if v.Type() == pcommon.ValueTypeSlice && toolCalls == nil {
		return v.Slice().Len()
	}
	var list []struct {
		Parts []struct {
			Type string `json:"type"`
			Name string `json:"name"`
		} `json:"parts"`
	}
	text := v.AsString()
	if !readJSON(text, &list) {
		return 0
	}
	if toolCalls != nil {
		for i, message := range list {
			for j, part := range message.Parts {
				if part.Type == "tool_call" {
					*toolCalls = append(*toolCalls, indexed{[2]int{i, j}, part.Name})
				}
			}
		}
	}
	return len(list)
}
