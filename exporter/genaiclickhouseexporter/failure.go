package genaiclickhouseexporter

import (
	"errors"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// batchCodes are the errors of ClickHouse, by code and name, that lie in what a batch holds: the same insert will fail again.
// All others may pass: too many parts, memory, no quorum, read-only while Keeper is away.
var batchCodes = map[int32]string{36: "BAD_ARGUMENTS", 117: "INCORRECT_DATA", 131: "TOO_LARGE_STRING_SIZE"}

// unfitCodes are the errors of a schema or of statements that do not fit it. They hold for all batches, and end when somebody changes the
// configuration, the schema or the server.
var unfitCodes = map[int32]string{
	8: "THERE_IS_NO_COLUMN", 16: "NO_SUCH_COLUMN_IN_TABLE", 20: "NUMBER_OF_COLUMNS_DOESNT_MATCH",
	44: "ILLEGAL_COLUMN", 47: "UNKNOWN_IDENTIFIER", 50: "UNKNOWN_TYPE", 53: "TYPE_MISMATCH", 60: "UNKNOWN_TABLE",
	62: "SYNTAX_ERROR", 70: "CANNOT_CONVERT_TYPE", 81: "UNKNOWN_DATABASE", 115: "UNKNOWN_SETTING",
	122: "INCOMPATIBLE_COLUMNS", 139: "NO_ELEMENTS_IN_CONFIG", 349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", 701: "CLUSTER_DOESNT_EXIST",
}

// deniedCodes are the errors of a user who is not let in, or may not do it. They hold for all batches, and end when somebody gives the user
// back the password or the right.
var deniedCodes = map[int32]string{
	164: "READONLY", 192: "UNKNOWN_USER", 193: "WRONG_PASSWORD", 194: "REQUIRED_PASSWORD", 195: "IP_ADDRESS_NOT_ALLOWED",
	291: "DATABASE_ACCESS_DENIED", 497: "ACCESS_DENIED", 516: "AUTHENTICATION_FAILED",
}

// permanent tells whether to try the same batch again is in vain.
func permanent(err error) bool {
	if errors.Is(err, clickhouse.ErrBatchInvalid) {
		return true
	}
	if conversion := (*chcolumn.ColumnConverterError)(nil); errors.As(err, &conversion) {
		return true
	}
	return codeIn(batchCodes, err)
}

// unfit tells whether the schema does not fit.
func unfit(err error) bool { return errors.Is(err, errSchema) || codeIn(unfitCodes, err) }

func codeIn(codes map[int32]string, err error) bool {
	exception := (*clickhouse.Exception)(nil)
	return errors.As(err, &exception) && codes[exception.Code] != ""
}

// answered tells an error that the store gave as its answer from one on the way to it.
func answered(err error) bool {
	exception := (*clickhouse.Exception)(nil)
	return errors.As(err, &exception) || errors.Is(err, errSchema) || permanent(err)
}

// denied tells whether the store does not want the user.
func denied(err error) bool {
	if codeIn(deniedCodes, err) {
		return true
	}
	if answer := (*clickhouse.HTTPError)(nil); errors.As(err, &answer) {
		return answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
	}
	return false
}
