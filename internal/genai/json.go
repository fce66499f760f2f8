package genai

import (
	"encoding/json"
	"errors"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

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
