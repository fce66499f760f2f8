package chdb

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
)

// Error is an exception of the engine.
type Error struct {
	// Code is ClickHouse's number of the error, that of UNKNOWN_EXCEPTION if the engine gave none.
	Code proto.Error
	// Message is the engine's own text: "Code: 60. DB::Exception: … (UNKNOWN_TABLE)".
	Message string
}

func (e *Error) Error() string { return e.Message }

func newError(text string) *Error {
	text = strings.TrimRight(text, "\n")
	if rest, ok := strings.CutPrefix(text, "Code: "); ok {
		digits, _, _ := strings.Cut(rest, ".")
		if code, err := strconv.Atoi(digits); err == nil && code > 0 {
			return &Error{Code: proto.Error(code), Message: text}
		}
	}
	return &Error{
		Code:    proto.ErrUnknownException,
		Message: fmt.Sprintf("Code: %d. DB::Exception: %s (UNKNOWN_EXCEPTION)", proto.ErrUnknownException, text),
	}
}
