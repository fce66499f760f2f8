package clickhousedb

import (
	"errors"
	"slices"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// HasCode tells that the store answered with one of these errors.
func HasCode(err error, codes ...proto.Error) bool {
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	return ok && slices.Contains(codes, proto.Error(exception.Code))
}

// IsEmpty tells that the database or a table is not there: the exporter makes them with its first calls.
func IsEmpty(err error) bool { return HasCode(err, proto.ErrUnknownTable, proto.ErrUnknownDatabase) }

// IsOlder tells that the tables lack a column that is asked for: the exporter has not brought them up to it yet.
func IsOlder(err error) bool { return HasCode(err, proto.ErrUnknownIdentifier) }
