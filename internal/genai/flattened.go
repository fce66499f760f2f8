package genai

import (
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
