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

// lengthOf gives the length of a list, as JSON text or structured. Its objects take no memory.
func lengthOf(v pcommon.Value) int {
	if v.Type() == pcommon.ValueTypeSlice {
		return v.Slice().Len()
	}
	var list []struct{}
	if !readJSON(v.AsString(), &list) {
		return 0
	}
	return len(list)
}
