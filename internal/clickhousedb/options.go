// Package clickhousedb is what readers of the store have in common.
package clickhousedb

import (
	"net/url"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Options are those of an address: clickhouse://host:9000, http://host:8123, or https://host:8443, which is spoken to over
// TLS without being told so.
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
