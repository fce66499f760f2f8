package httpinterface

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension/internal/chdb"
)

// ClickHouse's errors that this package raises itself.
const (
	codeChecksumDoesntMatch  = 40
	codeNotImplemented       = 48
	codeSyntaxError          = 62
	codeUnknownSetting       = 115
	codeTimeoutExceeded      = 159
	codeReadonly             = 164
	codeRequiredPassword     = 194
	codeTooManyQueries       = 202
	codeNetworkError         = 210
	codeQueryIsTooLarge      = 229
	codeNotEnoughSpace       = 243
	codeCannotDecompress     = 271
	codeQueryWasCancelled    = 394
	codeAuthenticationFailed = 516
)

func exception(code int, name, format string, arguments ...any) error {
	return &chdb.Error{
		Code:    code,
		Message: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, arguments...), name),
	}
}

func notImplemented(what string) error {
	return exception(codeNotImplemented, "NOT_IMPLEMENTED", "%s is not supported by the embedded ClickHouse", what)
}

// toException gives any error the form of ClickHouse's.
func toException(err error) *chdb.Error {
	var exception *chdb.Error
	if errors.As(err, &exception) {
		return exception
	}
	return &chdb.Error{
		Code:    chdb.CodeUnknownException,
		Message: fmt.Sprintf("Code: %d. DB::Exception: %v. (UNKNOWN_EXCEPTION)", chdb.CodeUnknownException, err),
	}
}

func hasCode(err error, code int) bool {
	var exception *chdb.Error
	return errors.As(err, &exception) && exception.Code == code
}

// status is the HTTP status that a ClickHouse server gives an error.
func status(code int) int {
	switch code {
	case codeRequiredPassword:
		return http.StatusUnauthorized
	case 192, 193, 497, 512, codeAuthenticationFailed: // unknown user, wrong password, access denied, role not granted
		return http.StatusForbidden
	case 36, 427, // bad arguments, regular expression
		6, 25, 26, 27, 38, 41, 72, 376, 441, 675, 676, // text that cannot be parsed
		8, 15, 44, // columns
		37, 123, 167, 168, 223, codeSyntaxError, // the query's own form
		53, 117, 321: // types and values
		return http.StatusBadRequest
	case 46, 47, 50, 56, 60, 63, 73, 78, 81, codeUnknownSetting, 152, 336, 511: // names that nobody knows
		return http.StatusNotFound
	case codeQueryIsTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case 76, 209, 439: // file cannot be opened, socket timeout, task cannot be scheduled
		return http.StatusServiceUnavailable
	case 381: // length required
		return http.StatusLengthRequired
	case codeTimeoutExceeded:
		return http.StatusRequestTimeout
	}
	return http.StatusInternalServerError
}
