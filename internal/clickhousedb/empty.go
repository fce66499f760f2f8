package clickhousedb

import (
	"errors"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// IsEmpty tells that the database or a table is not there: the exporter makes them with its first calls.
func IsEmpty(err error) bool {
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	return ok && (exception.Code == int32(proto.ErrUnknownTable) || exception.Code == int32(proto.ErrUnknownDatabase))
}

// IsOlder tells that the tables lack a column that is asked for: the exporter has not brought them up to it yet.
func IsOlder(err error) bool {
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	return ok && exception.Code == int32(proto.ErrUnknownIdentifier)
}
