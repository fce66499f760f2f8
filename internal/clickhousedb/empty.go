package clickhousedb

import (
	"errors"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// ClickHouse's codes for what is not there.
const (
	unknownIdentifier = 47
	unknownTable      = 60
	unknownDatabase   = 81
)

// IsEmpty tells that the database or a table is not there: the exporter makes them with its first calls.
func IsEmpty(err error) bool {
	exception := (*clickhouse.Exception)(nil)
	return errors.As(err, &exception) && (exception.Code == unknownTable || exception.Code == unknownDatabase)
}

// IsOlder tells that the tables lack a column that is asked for: the exporter has not brought them up to it yet.
func IsOlder(err error) bool {
	exception := (*clickhouse.Exception)(nil)
	return errors.As(err, &exception) && exception.Code == unknownIdentifier
}
