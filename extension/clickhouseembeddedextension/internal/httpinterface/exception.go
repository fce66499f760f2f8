package httpinterface

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

func exception(code proto.Error, format string, arguments ...any) *chdb.Error {
	return &chdb.Error{
		Code:    code,
		Message: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, arguments...), code.String()),
	}
}

func notImplemented(what string) error {
	return exception(proto.ErrNotImplemented, "%s is not supported by the embedded ClickHouse", what)
}

// toException gives any error the form of ClickHouse's.
func toException(err error) *chdb.Error {
	if known, ok := errors.AsType[*chdb.Error](err); ok {
		return known
	}
	return exception(proto.ErrUnknownException, "%v", err)
}

func hasCode(err error, code proto.Error) bool {
	exception, ok := errors.AsType[*chdb.Error](err)
	return ok && exception.Code == code
}

// status is the HTTP status that a ClickHouse server gives an error.
func status(code proto.Error) int {
	switch code {
	case proto.ErrRequiredPassword:
		return http.StatusUnauthorized
	case 192, 193, 497, 512, proto.ErrAuthenticationFailed: // unknown user, wrong password, access denied, role not granted
		return http.StatusForbidden
	case 36, 427, // bad arguments, regular expression
		6, 25, 26, 27, 38, 41, 72, 376, 441, 675, 676, // text that cannot be parsed
		8, 15, 44, // columns
		37, 123, 167, 168, 223, proto.ErrSyntaxError, // the query's own form
		53, 117, 321: // types and values
		return http.StatusBadRequest
	case 46, 47, 50, 56, 60, 63, 73, 78, 81, proto.ErrUnknownSetting, 152, 336, 511: // names that nobody knows
		return http.StatusNotFound
	case proto.ErrQueryIsTooLarge:
		return http.StatusRequestEntityTooLarge
	case proto.ErrNotImplemented:
		return http.StatusNotImplemented
	case 76, 209, 439: // file cannot be opened, socket timeout, task cannot be scheduled
		return http.StatusServiceUnavailable
	case 381: // length required
		return http.StatusLengthRequired
	case proto.ErrTimeoutExceeded:
		return http.StatusRequestTimeout
	}
	return http.StatusInternalServerError
}
