package genaiclickhouseexporter

import (
	"errors"
	"net/http"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"github.com/llmtap/llmtap/internal/clickhousedb"
)

// batchCodes are the errors of ClickHouse that lie in what a batch holds: the same insert will fail again. All others may pass: too
// many parts, memory, no quorum, read-only while Keeper is away.
var batchCodes = []proto.Error{proto.ErrBadArguments, proto.ErrIncorrectData, proto.ErrTooLargeStringSize}

// unfitCodes are the errors of a schema or of statements that do not fit it. They hold for all batches, and end when somebody changes the
// configuration, the schema or the server.
var unfitCodes = []proto.Error{
	proto.ErrThereIsNoColumn, proto.ErrNoSuchColumnInTable, proto.ErrNumberOfColumnsDoesntMatch, proto.ErrIllegalColumn,
	proto.ErrUnknownIdentifier, proto.ErrUnknownType, proto.ErrTypeMismatch, proto.ErrUnknownTable, proto.ErrSyntaxError,
	proto.ErrCannotConvertType, proto.ErrUnknownDatabase, proto.ErrUnknownSetting, proto.ErrIncompatibleColumns,
	proto.ErrNoElementsInConfig, proto.ErrCannotInsertNullInOrdinaryColumn, proto.ErrClusterDoesntExist,
}

// deniedCodes are the errors of a user who is not let in, or may not do it. They hold for all batches, and end when somebody gives the user
// back the password or the right.
var deniedCodes = []proto.Error{
	proto.ErrReadonly, proto.ErrUnknownUser, proto.ErrWrongPassword, proto.ErrRequiredPassword, proto.ErrIPAddressNotAllowed,
	proto.ErrDatabaseAccessDenied, proto.ErrAccessDenied, proto.ErrAuthenticationFailed,
}

// permanent tells whether to try the same batch again is in vain.
func permanent(err error) bool {
	if errors.Is(err, clickhouse.ErrBatchInvalid) {
		return true
	}
	if _, ok := errors.AsType[*chcolumn.ColumnConverterError](err); ok {
		return true
	}
	return clickhousedb.HasCode(err, batchCodes...)
}

// unfit tells whether the schema does not fit.
func unfit(err error) bool {
	return errors.Is(err, errSchema) || clickhousedb.HasCode(err, unfitCodes...)
}

// full tells whether the store has no room left for rows.
func full(err error) bool { return clickhousedb.HasCode(err, proto.ErrNotEnoughSpace) }

// answered tells an error that the store gave as its answer from one on the way to it.
func answered(err error) bool {
	_, ok := errors.AsType[*clickhouse.Exception](err)
	return ok || errors.Is(err, errSchema) || permanent(err)
}

// denied tells whether the store does not want the user.
func denied(err error) bool {
	if clickhousedb.HasCode(err, deniedCodes...) {
		return true
	}
	if answer, ok := errors.AsType[*clickhouse.HTTPError](err); ok {
		return answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
	}
	return false
}
