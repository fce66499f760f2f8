// Package clickhousedb has what the readers of the store share: options of a connection, and how to tell an empty store.
package clickhousedb

import (
	"net/url"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Options returns the client's options for an address: clickhouse://host:9000, http://host:8123, or https://host:8443, for which
// it turns TLS on.
func Options(address string) (*clickhouse.Options, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if query := u.Query(); u.Scheme == "https" && !query.Has("secure") {
		query.Set("secure", "true")
		u.RawQuery = query.Encode()
	}
	return clickhouse.ParseDSN(u.String())
}
