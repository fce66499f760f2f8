package chdb

import (
	"fmt"
	"strconv"
	"strings"
)

// Codes of ClickHouse's errors that are told apart here and by the callers.
const (
	CodeBadArguments     = 36
	CodeUnknownException = 1002
)

// Error is an exception of the engine.
type Error struct {
	// Code is ClickHouse's number of the error, CodeUnknownException if the engine gave none.
	Code int
	// Message is the engine's own text: "Code: 60. DB::Exception: … (UNKNOWN_TABLE)".
	Message string
}

func (e *Error) Error() string { return e.Message }

func newError(text string) *Error {
	text = strings.TrimRight(text, "\n")
	if rest, ok := strings.CutPrefix(text, "Code: "); ok {
		digits, _, _ := strings.Cut(rest, ".")
		if code, err := strconv.Atoi(digits); err == nil && code > 0 {
			return &Error{Code: code, Message: text}
		}
	}
	return &Error{
		Code:    CodeUnknownException,
		Message: fmt.Sprintf("Code: %d. DB::Exception: %s (UNKNOWN_EXCEPTION)", CodeUnknownException, text),
	}
}
